import type { ReceivedEvent } from '../events/event.js';

/**
 * Thrown by the handler of a batch that knows which of its events failed, and why. The transaction is rolled back, each of them goes
 * the way of its error (PermanentFailure or a transient one), and the others are handled again without them. Any other error makes the
 * runner find out by trying parts of the batch.
 */
export class EventsFailed extends Error {
  readonly errorById: ReadonlyMap<string, unknown>;

  constructor(failures: readonly (readonly [event: ReceivedEvent, error: Error])[]) {
    super(`${failures.length} events of a batch failed.`);
    this.name = 'EventsFailed';
    this.errorById = new Map(failures.map(([event, error]) => [event.id, error]));
  }
}
