/** An event that one caller waits for. It stays set until somebody has waited for it. */
export class AsyncEvent {
  private isSet = false;
  private wake: () => void = () => undefined;

  set(): void {
    this.isSet = true;
    this.wake();
  }

  /** Waits until it is set, at most `ms`, and resets it. */
  async wait(ms: number): Promise<void> {
    if (!this.isSet) {
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(limit);
          resolve();
        };
      });
    }
    this.isSet = false;
  }
}
