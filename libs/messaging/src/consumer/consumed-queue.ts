import type { ReceivedEvent } from '../events/event.js';
import type { IncomingMessage } from '../transports/transport.js';
import type { BatchContext, CommitContext } from './consume-context.js';

interface Limited {
  /** How long one try may take, in milliseconds. */
  readonly limitMs: number;
}

/** Handles events in one transaction. */
export interface BatchHandler extends Limited {
  readonly batchMax: number;
  readonly handle: (events: readonly ReceivedEvent[], context: BatchContext) => Promise<void>;
}

/** Handles a list of one event, and holds nothing of the database until it commits. */
export interface CommittingHandler extends Limited {
  readonly transaction: 'own';
  readonly handle: (events: readonly ReceivedEvent[], context: CommitContext) => Promise<void>;
}

export type EventHandler = BatchHandler | CommittingHandler;

/** A queue that this process consumes. It gets one type of event. */
export interface ConsumedQueue {
  /** Logical name, without the shop's namespace. */
  readonly name: string;
  readonly type: string;
  readonly handler: EventHandler;
}

/** When work on a delivery must end. */
export interface ShutdownSignals {
  /** Aborts when nothing new may be begun: the process stops, or the circuit breaker of the queue has changed. */
  readonly draining: AbortSignal;
  /** Aborts when what has begun must end. */
  readonly aborted: AbortSignal;
}

export interface Delivery {
  readonly message: IncomingMessage;
  readonly signals: ShutdownSignals;
}

/** A delivery whose event could be read. */
export interface EventDelivery extends Delivery {
  readonly event: ReceivedEvent;
  readonly handler: EventHandler;
}

/** Whether work on it may begin. Otherwise it is given back. */
export const mayBegin = ({ message, signals }: Delivery): boolean => !signals.draining.aborted && !message.lost.aborted;

/** Its fields in log lines. */
export function labelsOf({ queue, id, type, headers }: IncomingMessage): Record<string, unknown> {
  return { queue, id, type, subject: headers['ce-subject'], sequence: headers['ce-sequence'] };
}
