import { setImmediate } from 'node:timers/promises';

/** Items that arrive while a batch is handled form the next one: one commit for many, and nobody waits for others to arrive. */
export class MicroBatcher<Item> {
  private waiting: { readonly item: Item; readonly done: () => void; readonly failed: (error: unknown) => void }[] = [];
  private busy = false;

  /** @param work with at most `itemsMax` items, one batch after the other */
  constructor(
    private readonly work: (items: readonly Item[]) => Promise<void>,
    private readonly itemsMax: number,
  ) {}

  /** Items that no batch has taken yet. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  /** Settles as the batch does that this item is part of. */
  add(item: Item): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ item, done, failed });
      if (!this.busy) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.busy = true;
    // What the broker or the network sent together arrives together, but in single calls.
    await setImmediate();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.itemsMax);
      try {
        await this.work(batch.map(({ item }) => item));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.busy = false;
  }
}
