import { DomainError } from '#kernel';

export class IdempotencyKeyReused extends DomainError {
  readonly code = 'idempotency_key_reused';
  constructor() {
    super(
      'This Idempotency-Key already belongs to a request with another body or route. Use a new key for a new request.',
    );
  }
}

export class RequestInFlight extends DomainError {
  readonly code = 'request_in_flight';
  constructor() {
    super('A request with this Idempotency-Key is still running. Ask again with the same key in a second.');
  }
}
