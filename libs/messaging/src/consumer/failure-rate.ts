/** The window is forgotten slice by slice, so its size does not depend on the number of messages. */
const SLICES = 60;

interface Slice {
  readonly number: number;
  messages: number;
  failures: number;
}

/** How many of the messages of the last `windowMs` have failed. */
export class FailureRate {
  private slices: Slice[] = [];

  constructor(private readonly windowMs: number) {}

  note(failed: boolean, nowMs: number): void {
    const number = this.numberAt(nowMs);
    this.slices = this.live(nowMs);
    let slice = this.slices.at(-1);
    if (slice?.number !== number) {
      slice = { number, messages: 0, failures: 0 };
      this.slices.push(slice);
    }
    slice.messages += 1;
    if (failed) slice.failures += 1;
  }

  at(nowMs: number): { readonly messages: number; readonly failures: number } {
    const sum = (member: 'messages' | 'failures') =>
      this.live(nowMs).reduce((total, slice) => total + slice[member], 0);
    return { messages: sum('messages'), failures: sum('failures') };
  }

  private live(nowMs: number): Slice[] {
    return this.slices.filter(({ number }) => number > this.numberAt(nowMs) - SLICES);
  }

  private numberAt(nowMs: number): number {
    return Math.floor((nowMs * SLICES) / this.windowMs);
  }
}
