import { Injectable } from '@nestjs/common';
import { Purge, type Tx } from '#database';

/** Forgets the buckets that would be full again: a missing one counts as full. */
@Injectable()
export class RateBucketPurge extends Purge {
  protected readonly what = 'rate limit buckets';

  protected async deleteBatch(tx: Tx, batchMax: number): Promise<number> {
    const { count } = await tx.query(
      `DELETE FROM http.rate_buckets WHERE key IN (
         SELECT key FROM http.rate_buckets
         WHERE at < now() - make_interval(secs => greatest(60, (capacity - level) / refill_per_ms / 1000))
         LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [batchMax],
    );
    return count;
  }
}
