import type { Tx } from '#database';

/** What a handler gets beside the event. */
export interface ConsumeContext {
  /** Open, and already holding the inbox row: what the handler writes with it commits together with "this event has taken effect". */
  readonly tx: Tx;
  /** Number of this try, from 1, over all deliveries of the message. */
  readonly attempt: number;
  /** Aborts when the handler's time is up or the process must stop; the transaction is lost then. */
  readonly signal: AbortSignal;
}
