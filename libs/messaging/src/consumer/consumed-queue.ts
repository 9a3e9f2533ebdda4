import type { ReceivedEvent } from '../event.js';
import type { ConsumeContext } from './consume-context.js';

export interface EventHandler {
  readonly handle: (event: ReceivedEvent, context: ConsumeContext) => Promise<void>;
  /** How long one try may take, in milliseconds. */
  readonly limitMs: number;
}

/** A queue that this process consumes. */
export interface ConsumedQueue {
  /** Logical name, without the shop's namespace. */
  readonly name: string;
  readonly handlers: ReadonlyMap<string, EventHandler>;
}

/** What became of a delivery. `later`: climbed a rung of the ladder. `dead`: in the dead letters. `requeued`: as if never taken. */
export type Outcome = 'handled' | 'duplicate' | 'later' | 'dead' | 'requeued';

export interface Stopping {
  /** Aborts when nothing new may be begun. */
  readonly draining: AbortSignal;
  /** Aborts when what has been begun must end. */
  readonly over: AbortSignal;
}
