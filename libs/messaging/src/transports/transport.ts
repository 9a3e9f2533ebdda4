import type { RejectedMessage } from '../dead-letters/rejected-message.js';
import type { EventAttributes } from '../events/event.js';

/** An event on its way to every queue that wants it. */
export interface OutgoingEvent extends EventAttributes {
  /** JSON text. */
  readonly data: string;
  /** Whether at least one queue must take it. */
  readonly mandatory: boolean;
}

/** A dead letter on its way back into its queue. */
export interface ReplayedMessage extends Pick<RejectedMessage, 'queue' | 'id' | 'body' | 'properties'> {
  /** How often it has been replayed, this time included. It travels with the message. */
  readonly replays: number;
}

/**
 * `confirmed`: stored durably, in every queue that wants it. `refused` and `returned` (no queue took it): this message failed, others may
 * succeed. `unencodable`: the transport can never carry it. `unknown`: the transport failed, and the message may or may not be stored.
 */
export type PublishResult =
  | { readonly result: 'confirmed' }
  | { readonly result: 'refused' | 'returned' | 'unencodable' | 'unknown'; readonly reason: string };

/**
 * What became of a delivery. `retried`: it comes again after a retry delay. `retries_exhausted`: in the dead letters, after the last retry
 * level. `rejected`: in the dead letters at once, because it can never succeed. `requeued`: given back as if never taken.
 */
export type Outcome = 'handled' | 'duplicate' | 'retried' | 'retries_exhausted' | 'rejected' | 'requeued';

/** A failed try. */
export interface Failure {
  readonly error: unknown;
  /** Tries so far, over all deliveries. */
  readonly tries: number;
  readonly at: Date;
}

/** A message as a transport delivers it. Nothing in it can be trusted to be well formed. */
export interface IncomingMessage {
  /** Logical name of its queue. */
  readonly queue: string;
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly correlationId: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** Failed tries of earlier deliveries. */
  readonly tries: number;
  /** Retry levels that it has been through. */
  readonly retryLevel: number;
  /** Aborts when the delivery is lost: it can no longer be settled, and another process gets it. */
  readonly lost: AbortSignal;
  /** Stores it for another delivery after the delay, one retry level higher, with its failure. Never rejects. */
  retryLater(failure: Failure, delaySeconds: number): Promise<PublishResult>;
  /** Moves it to the dead letters of its queue, with its failure. Never rejects. */
  reject(failure: Failure): Promise<PublishResult>;
}

/** A consumer of one queue. */
export interface Subscription<Message> {
  /** Logical name. */
  readonly queue: string;
  /** Unsettled messages that this process may have. */
  readonly prefetch: number;
  /** Aborts when no further message may be delivered. */
  readonly until: AbortSignal;
  /**
   * Called with one message at a time, in the order of the queue, without waiting for the one before. The transport settles the message
   * by the outcome: `requeued` gives it back, every other outcome ends its delivery. A rejection gives it back too, and counts towards a
   * limit: it must not be delivered for ever.
   */
  readonly deliver: (message: Message) => Promise<Outcome>;
}

/** What carries events between processes. The README says what a driver must do. */
export abstract class Transport {
  /** Whether it takes messages now. */
  abstract readonly ready: boolean;

  /** Calls `listener` whenever it becomes ready. */
  abstract onReady(listener: () => void): void;

  /** Returns at once and connects until it succeeds. */
  abstract startPublishing(): void;

  abstract stopPublishing(): Promise<void>;

  /** Publishes events at once, in no order. The results are in the order of the events. Never rejects, settles within 5 s. */
  abstract publish(events: readonly OutgoingEvent[]): Promise<PublishResult[]>;

  /** Puts a dead letter into its own queue only, at retry level 0 and without its failure. Never rejects. */
  abstract replay(message: ReplayedMessage): Promise<PublishResult>;

  /**
   * Consumes until `until` aborts, whatever happens to the connection. Resolves once every delivered message is settled. Never rejects.
   */
  abstract consume(subscription: Subscription<IncomingMessage>): Promise<void>;

  /**
   * Delivers dead letters of a queue to the archive, also those that the transport itself gave up on. A driver whose `reject` writes into
   * the archive resolves at once.
   */
  abstract consumeRejected(subscription: Subscription<RejectedMessage>): Promise<void>;

  /** Called when nothing is consumed any more. */
  abstract stopConsuming(): Promise<void>;
}
