/** Wakes one waiter. It stays set until a wait ends, so a `set` between two waits is not missed. */
export class AsyncEvent {
  private isSet = false;
  private wake: () => void = () => undefined;

  readonly set = (): void => {
    this.isSet = true;
    this.wake();
  };

  /**
   * Waits until the event is set, at most `ms`. One wait at a time.
   *
   * @throws the reason of the signal when it aborts first
   */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!this.isSet) {
      const woken = new Promise<void>((resolve) => (this.wake = resolve));
      const { wake } = this;
      const timer = setTimeout(wake, ms);
      signal?.addEventListener('abort', wake);
      await woken;
      signal?.removeEventListener('abort', wake);
      clearTimeout(timer);
      signal?.throwIfAborted();
    }
    this.isSet = false;
  }
}
