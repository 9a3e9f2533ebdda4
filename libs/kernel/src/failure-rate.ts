/** A window is forgotten by slices, so that its size does not depend on how much was counted. */
const SLICES = 60;

interface Slice {
  readonly number: number;
  total: number;
  failures: number;
}

/** How many of the calls of the last `windowMs` have failed. */
export class FailureRate {
  private slices: Slice[] = [];

  constructor(private readonly windowMs: number) {}

  /** @param nowMs on one clock for all calls; the monotonic one by default */
  note(failed: boolean, nowMs = performance.now()): void {
    const number = this.numberAt(nowMs);
    let slice = this.slices.at(-1);
    if (slice?.number !== number) {
      slice = { number, total: 0, failures: 0 };
      this.slices = [...this.slices.filter((each) => each.number > number - SLICES), slice];
    }
    slice.total += 1;
    if (failed) slice.failures += 1;
  }

  at(nowMs = performance.now()): { readonly total: number; readonly failures: number } {
    const live = this.slices.filter((slice) => slice.number > this.numberAt(nowMs) - SLICES);
    const sum = (member: 'total' | 'failures') => live.reduce((total, slice) => total + slice[member], 0);
    return { total: sum('total'), failures: sum('failures') };
  }

  private numberAt(nowMs: number): number {
    return Math.floor((nowMs * SLICES) / this.windowMs);
  }
}
