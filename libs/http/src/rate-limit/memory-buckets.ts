import type { BucketStore, Draw, Drawn } from './token-bucket.js';

/** Beyond this the bucket that was not used for the longest time is forgotten: about 20 MB. */
const BUCKETS_MAX = 100_000;

interface Bucket {
  readonly level: number;
  readonly at: number;
}

/** Buckets of this process alone. */
export class MemoryBuckets implements BucketStore {
  private readonly buckets = new Map<string, Bucket>();

  draw(draws: readonly Draw[]): Promise<Drawn> {
    const now = performance.now();
    const levels = draws.map((draw) => this.levelOf(draw, now));
    const allowed = draws.every(({ atLeast }, index) => (levels[index] ?? 0) >= atLeast);
    if (!allowed) return Promise.resolve({ allowed, levels });
    const left = draws.map(({ capacity, cost }, index) =>
      Math.min(capacity, Math.max(-capacity, (levels[index] ?? 0) - cost)),
    );
    for (const [index, { key }] of draws.entries()) this.put(key, { level: left[index] ?? 0, at: now });
    return Promise.resolve({ allowed, levels: left });
  }

  opened(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.buckets.clear();
    return Promise.resolve();
  }

  private levelOf({ key, capacity, refillPerMs }: Draw, now: number): number {
    const bucket = this.buckets.get(key);
    return bucket === undefined ? capacity : Math.min(capacity, bucket.level + (now - bucket.at) * refillPerMs);
  }

  /** A Map keeps the order of insertion, so the first one was not used for the longest time. */
  private put(key: string, bucket: Bucket): void {
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    if (this.buckets.size <= BUCKETS_MAX) return;
    for (const oldest of this.buckets.keys()) {
      this.buckets.delete(oldest);
      return;
    }
  }
}
