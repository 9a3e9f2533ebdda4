import { DomainError } from '#kernel';

/** One place of a request that does not fit its schema. */
export interface FieldError {
  /** JSON pointer into the body; into the query or path parameters where `in` says so. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
  readonly in?: 'query' | 'path';
}

export class ValidationFailed extends DomainError {
  readonly code = 'validation_failed';
  constructor(errors: readonly FieldError[]) {
    super('Correct what the errors name and send the request again.', { errors });
  }
}

export class IdempotencyKeyMissing extends DomainError {
  readonly code = 'idempotency_key_missing';
  constructor() {
    super('Send the header Idempotency-Key with a fresh unique value, and the same value when you repeat the request.');
  }
}

export class IdempotencyKeyInvalid extends DomainError {
  readonly code = 'idempotency_key_invalid';
  constructor() {
    super('Idempotency-Key takes 1 to 255 printable ASCII characters, bare or as a quoted string.');
  }
}

export class IdempotencyKeyReused extends DomainError {
  readonly code = 'idempotency_key_reused';
  constructor() {
    super('This Idempotency-Key already stands for a request with another body or route. Take a new key.');
  }
}

export class RequestInFlight extends DomainError {
  readonly code = 'request_in_flight';
  constructor() {
    super('A request with this Idempotency-Key is still running. Ask again with the same key in a second.');
  }
}

export class IfMatchInvalid extends DomainError {
  readonly code = 'if_match_invalid';
  constructor() {
    super('If-Match takes one ETag as it was received, for example "7", or *.');
  }
}

export class Unauthenticated extends DomainError {
  readonly code = 'unauthenticated';
}

export class InsufficientScope extends DomainError {
  readonly code = 'insufficient_scope';
  constructor(scope: string) {
    super(`This API key lacks the scope ${scope}. Use a key that has it.`, { scope });
  }
}

export class RouteNotFound extends DomainError {
  readonly code = 'route_not_found';
  constructor() {
    super('There is nothing at this path. /docs lists what there is.');
  }
}

export class MethodNotAllowed extends DomainError {
  readonly code = 'method_not_allowed';
  constructor(readonly allowed: readonly string[]) {
    super(`This path takes ${allowed.join(', ')}.`, { allowed });
  }
}
