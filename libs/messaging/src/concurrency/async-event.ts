/** A bell that remembers being rung while nobody waited. */
export class AsyncEvent {
  private rung = false;
  private answer: () => void = () => undefined;

  ring(): void {
    this.rung = true;
    this.answer();
  }

  /** Waits until rung, at most `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, ms);
        this.answer = () => {
          clearTimeout(limit);
          resolve();
        };
      });
    }
    this.rung = false;
  }
}
