/** Wakes one waiter. It stays set until it is reset, so a release between two attempts is not missed. */
export class AsyncEvent {
  private isSet = false;
  private resume: (() => void) | undefined;

  readonly set = (): void => {
    this.isSet = true;
    this.resume?.();
  };

  reset(): void {
    this.isSet = false;
  }

  /**
   * Calls back when the event is set, at once if it is set already, or after `ms`.
   *
   * @returns the function that ends the wait
   */
  wait(ms: number, done: () => void): () => void {
    const timer = setTimeout(done, ms);
    this.resume = done;
    if (this.isSet) done();
    return () => {
      clearTimeout(timer);
      this.resume = undefined;
    };
  }
}
