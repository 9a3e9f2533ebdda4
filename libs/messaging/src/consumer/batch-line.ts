import { setImmediate } from 'node:timers/promises';

interface Waiting<Member> {
  readonly member: Member;
  readonly reject: (error: unknown) => void;
}

/** One batch at a time: whatever comes while one is under way makes up the next. Nobody waits for others to come. */
export class BatchLine<Member> {
  private readonly waiting: Waiting<Member>[] = [];
  private busy = false;

  constructor(
    private readonly batchMax: number,
    private readonly process: (members: readonly Member[]) => Promise<void>,
  ) {}

  /** @param reject called when the processing of its batch fails */
  add(member: Member, reject: (error: unknown) => void): void {
    this.waiting.push({ member, reject });
    if (!this.busy) void this.work();
  }

  private async work(): Promise<void> {
    this.busy = true;
    // What the broker sent together arrives together, but in single calls.
    await setImmediate();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.batchMax);
      try {
        await this.process(batch.map(({ member }) => member));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.busy = false;
  }
}
