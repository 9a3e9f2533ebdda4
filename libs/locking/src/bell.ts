/** Wakes a waiter. It remembers a ring that comes before anybody waits, so that a release between two attempts is not missed. */
export class Bell {
  private rung = false;
  private heard: (() => void) | undefined;

  readonly ring = (): void => {
    this.rung = true;
    this.heard?.();
  };

  /** Forgets earlier rings. */
  reset(): void {
    this.rung = false;
  }

  /** Calls back at the next ring, for one since the last reset, or after `ms`. Returns what ends the wait. */
  listen(ms: number, heard: () => void): () => void {
    const timer = setTimeout(heard, ms);
    this.heard = heard;
    if (this.rung) heard();
    return () => {
      clearTimeout(timer);
      this.heard = undefined;
    };
  }
}
