import type { Tx } from '#database';
import type { OutboxMessage } from '../events/event.js';

/** Where a use case states its facts: they are published if, and only if, its transaction commits. */
export abstract class Outbox {
  /**
   * Writes all messages with one statement and wakes the relay once the transaction has committed. Correlation id, causation id and
   * trace come from the request or event being handled.
   *
   * @throws {InvalidEvent} when a body does not fit its event's schema.
   * @throws a unique violation when the source has already used a sequence number for the subject.
   */
  abstract add(tx: Tx, messages: readonly OutboxMessage[]): Promise<void>;
}
