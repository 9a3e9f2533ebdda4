import type { Tx } from '#database';

/** What a handler gets beside its events. */
export interface BatchContext {
  /** Open, and already holding the inbox rows: what the handler writes commits together with "these events have taken effect". */
  readonly tx: Tx;
  /** Aborts when the handler's time is up or the process must stop; the transaction is lost then. */
  readonly signal: AbortSignal;
}

/** What a handler with `transaction: 'own'` gets beside its event. */
export interface CommitContext {
  /**
   * The one transaction that ends the handling: what `work` writes commits together with "this event has taken effect". Does nothing
   * when another process was faster. `work` may run more than once, so it must change nothing outside its transaction.
   */
  readonly commit: (work: (tx: Tx) => Promise<void>) => Promise<void>;
  /** Aborts when the handler's time is up or the process must stop; nothing can be committed then. */
  readonly signal: AbortSignal;
}
