import type { ReceivedEvent } from '../events/event.js';
import type { BatchContext, CommitContext, ConsumeContext } from './consume-context.js';

interface Limited {
  /** How long one try may take, in milliseconds. */
  readonly limitMs: number;
}

/** Handles one event after the other. */
export interface SingleHandler extends Limited {
  /** Whether events about a subject must be handled by their sequence. */
  readonly ordered?: boolean | undefined;
  readonly handle: (event: ReceivedEvent, context: ConsumeContext) => Promise<void>;
}

/** Handles one event after the other, holding nothing until it commits what came of it. */
export interface CommittingHandler extends Limited {
  readonly transaction: 'own';
  readonly handle: (event: ReceivedEvent, context: CommitContext) => Promise<void>;
}

/** Handles what has arrived while it was busy, up to a bound, in one transaction. */
export interface BatchHandler extends Limited {
  readonly batchMax: number;
  readonly handle: (events: readonly ReceivedEvent[], context: BatchContext) => Promise<void>;
}

export type EventHandler = SingleHandler | CommittingHandler | BatchHandler;

/** A queue that this process consumes. */
export interface ConsumedQueue {
  /** Logical name, without the shop's namespace. */
  readonly name: string;
  readonly handlers: ReadonlyMap<string, EventHandler>;
}

/**
 * What became of a delivery. `retried`: climbed a rung of the ladder. `retries_exhausted`: in the dead letters, after the last rung. `rejected`: there at
 * once, because it can never succeed. `requeued`: as if never taken.
 */
export type Outcome = 'handled' | 'duplicate' | 'retried' | 'retries_exhausted' | 'rejected' | 'requeued';

/** When a process must come to an end with its work. */
export interface ShutdownSignals {
  /** Aborts when nothing new may be begun. */
  readonly draining: AbortSignal;
  /** Aborts when what has been begun must end. */
  readonly over: AbortSignal;
}

/** The same for one delivery. */
export interface DeliverySignals extends ShutdownSignals {
  /** Aborts when its channel has closed: it cannot be acknowledged any more, and the broker has given it to somebody else. */
  readonly gone: AbortSignal;
}
