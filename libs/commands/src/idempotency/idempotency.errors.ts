import { DomainError } from '#kernel';

export class IdempotencyKeyReused extends DomainError {
  static override readonly problem = {
    code: 'idempotency_key_reused',
    kind: 'invalid',
    title: 'Idempotency-Key used for another request',
    help: 'The key already stands for a request with another body or route. Use a new key for a new request.',
  } as const;
  constructor() {
    super(
      'This Idempotency-Key already belongs to a request with another body or route. Use a new key for a new request.',
    );
  }
}

export class RequestInFlight extends DomainError {
  static override readonly problem = {
    code: 'request_in_flight',
    kind: 'conflict',
    title: 'The same request is still running',
    help: 'A request with this Idempotency-Key has not been answered yet. Ask again with the same key.',
    retryAfterSeconds: 1,
  } as const;
  constructor() {
    super('A request with this Idempotency-Key is still running. Ask again with the same key in a second.');
  }
}
