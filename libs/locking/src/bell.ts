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

  /** Resolves at the next ring, at one since the last reset, or after `ms`; an aborted signal rejects with its reason. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        this.heard = undefined;
        act();
      };
      const aborted = () => settle(() => reject(signal.reason as Error));
      this.heard = () => settle(resolve);
      const timer = setTimeout(this.heard, ms);
      signal.addEventListener('abort', aborted, { once: true });
      if (signal.aborted) aborted();
      else if (this.rung) this.heard();
    });
  }
}
