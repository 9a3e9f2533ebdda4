import type { ReceivedEvent } from '../events/event.js';

/** Thrown by a handler when trying again cannot help: the message is rejected at once. Any other error is transient. */
export class PermanentFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentFailure';
  }
}

/**
 * Thrown by a handler when the owner of an event knows nothing of it. An event is written in the transaction of its change, so only a
 * forger publishes such a message: it is rejected at once, and a line of the security log names it.
 */
export class UnfoundedEvent extends PermanentFailure {
  constructor(message: string) {
    super(message);
    this.name = 'UnfoundedEvent';
  }
}

/**
 * Thrown by a handler that knows which of its events failed, and why. The transaction is rolled back, each of them is retried or
 * rejected by its own error, and the others are handled again without them. After any other error each event is tried alone.
 */
export class EventsFailed extends Error {
  readonly errorById: ReadonlyMap<string, unknown>;

  constructor(failures: readonly (readonly [event: ReceivedEvent, error: Error])[]) {
    super(`${failures.length} events of a batch failed.`);
    this.name = 'EventsFailed';
    this.errorById = new Map(failures.map(([event, error]) => [event.id, error]));
  }
}
