/** A window is forgotten by slices, so that its size does not depend on how many messages were counted. */
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
    this.slices = this.slices.filter((slice) => slice.number > number - SLICES);
    let slice = this.slices.at(-1);
    if (slice?.number !== number) {
      slice = { number, messages: 0, failures: 0 };
      this.slices.push(slice);
    }
    slice.messages += 1;
    if (failed) slice.failures += 1;
  }

  at(nowMs: number): { readonly messages: number; readonly failures: number } {
    const live = this.slices.filter((slice) => slice.number > this.numberAt(nowMs) - SLICES);
    const sum = (member: 'messages' | 'failures') => live.reduce((total, slice) => total + slice[member], 0);
    return { messages: sum('messages'), failures: sum('failures') };
  }

  private numberAt(nowMs: number): number {
    return Math.floor((nowMs * SLICES) / this.windowMs);
  }
}
