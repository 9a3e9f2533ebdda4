import { DomainError, type ProblemType } from '#kernel';
import { httpProblems, type HttpProblemCode } from './problem/http-problems.js';
import { limitOf, policyOf, retryAfterSeconds, type LimitState } from './rate-limit/rate-limit-headers.js';

/** A refusal that HTTP explains in headers of its own. */
export abstract class RefusedByHttp extends DomainError {
  abstract get headers(): Readonly<Record<string, string>>;
}

/** One place of a request that does not fit its schema. */
export interface FieldError {
  /** JSON pointer into the body; into the query or path parameters where `in` says so. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
  readonly in?: 'query' | 'path';
}

export class ValidationFailed extends DomainError {
  static override readonly problem = httpProblems.validation_failed;
  constructor(errors: readonly FieldError[]) {
    super('Correct what the errors name and send the request again.', { errors });
  }
}

export class IdempotencyKeyMissing extends DomainError {
  static override readonly problem = httpProblems.idempotency_key_missing;
  constructor() {
    super('Send the header Idempotency-Key with a fresh unique value, and the same value when you repeat the request.');
  }
}

export class IdempotencyKeyInvalid extends DomainError {
  static override readonly problem = httpProblems.idempotency_key_invalid;
  constructor() {
    super('Idempotency-Key takes 1 to 255 printable ASCII characters, bare or as a quoted string.');
  }
}

export class IfMatchInvalid extends DomainError {
  static override readonly problem = httpProblems.if_match_invalid;
  constructor() {
    super('If-Match takes ETags as they were received, for example "7", separated by commas, or *.');
  }
}

export class PreconditionRequired extends DomainError {
  static override readonly problem = httpProblems.precondition_required;
  constructor() {
    super(
      'Send If-Match with the ETag that you have read, so that you do not overwrite a change that you have not seen.',
    );
  }
}

/** No credentials where some are needed, or a bearer token that is not valid. */
export class Unauthenticated extends RefusedByHttp {
  static override readonly problem = httpProblems.unauthenticated;
  override get headers() {
    return { 'www-authenticate': 'Bearer realm="holdfast"' };
  }
}

export class InsufficientScope extends RefusedByHttp {
  static override readonly problem = httpProblems.insufficient_scope;
  constructor(private readonly scope: string) {
    super(`These credentials lack the scope ${scope}. Use an API key that has it.`, { scope });
  }
  override get headers() {
    return { 'www-authenticate': `Bearer realm="holdfast", error="insufficient_scope", scope="${this.scope}"` };
  }
}

/** The caller has sent too many requests. */
export class RateLimited extends RefusedByHttp {
  static override readonly problem = httpProblems.rate_limited;
  constructor(private readonly limit: LimitState) {
    super(`Too many requests: the limit "${limit.policy}" is used up. Wait as long as Retry-After says.`, {
      policy: limit.policy,
    });
  }
  override get headers() {
    return {
      'retry-after': String(retryAfterSeconds(this.limit)),
      ratelimit: limitOf(this.limit),
      'ratelimit-policy': policyOf(this.limit),
    };
  }
}

/** This process has as many event streams as it may. */
export class TooManyStreams extends DomainError {
  static override readonly problem = httpProblems.too_many_streams;
  constructor() {
    super('This process has as many open streams as it takes. Try again in a few seconds, or read the timeline.');
  }
}

export class StreamLimitReached extends DomainError {
  static override readonly problem = httpProblems.stream_limit_reached;
  constructor(max: number) {
    super(`${max} streams of this are open already. Close one of them.`, { max });
  }
}

/** The shop's identity provider did not hand out the keys to verify a customer's token with. */
export class IdentityProviderUnavailable extends DomainError {
  static override readonly problem = httpProblems.identity_provider_unavailable;
  constructor(cause: unknown) {
    super('Bearer tokens of customers cannot be verified at the moment. Try again in a few seconds.', {}, { cause });
  }
}

export class RouteNotFound extends DomainError {
  static override readonly problem = httpProblems.route_not_found;
  constructor() {
    super('There is nothing at this path. /docs lists what there is.');
  }
}

export class MethodNotAllowed extends RefusedByHttp {
  static override readonly problem = httpProblems.method_not_allowed;
  constructor(private readonly allowed: readonly string[]) {
    super(`This path takes ${allowed.join(', ')}.`, { allowed });
  }
  override get headers() {
    return { allow: this.allowed.join(', ') };
  }
}

/** The web framework refused the request before a handler saw it. */
export class BadRequest extends DomainError {
  constructor(
    private readonly named: HttpProblemCode,
    detail: string,
  ) {
    super(detail);
  }

  override get problem(): ProblemType {
    return httpProblems[this.named];
  }
}

export class MalformedJson extends DomainError {
  static override readonly problem = httpProblems.malformed_json;
  constructor() {
    super('The body is not JSON in UTF-8. Check quotes, commas and brackets.');
  }
}

export class DuplicateMember extends DomainError {
  static override readonly problem = httpProblems.duplicate_member;
  constructor(pointer: string) {
    super(`The body has the member ${pointer} twice. Send it once.`, {
      errors: [{ pointer, code: 'duplicate_member', detail: 'must not be sent twice' }],
    });
  }
}

export class UnsupportedMediaType extends DomainError {
  static override readonly problem = httpProblems.unsupported_media_type;
  constructor() {
    super('Send the body as Content-Type: application/json, in UTF-8 and not compressed.');
  }
}

export class InternalError extends DomainError {
  static override readonly problem = httpProblems.internal_error;
  constructor(cause: unknown) {
    super('Something failed on our side. Tell the operator the traceId.', {}, { cause });
  }
}
