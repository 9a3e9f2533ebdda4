import type { Tx } from '#database';
import type { Id } from '#kernel';
import { NEXT_QUERY_MS } from './query-schedule.js';

export interface ClaimedAttempt {
  readonly paymentId: Id<'pay'>;
  readonly orderId: Id<'order'>;
  readonly status: 'processing' | 'unknown';
  /** How often the provider has been asked, this time included. */
  readonly queries: number;
}

/**
 * Takes up to `limit` attempts about which the provider is to be asked now, each for one caller. A caller that dies holding one leaves
 * it to be claimed again at its next time.
 *
 * @param distanceMaxMs largest distance between two questions, whatever the schedule says
 */
export async function claimAttempts(tx: Tx, limit: number, distanceMaxMs: number): Promise<ClaimedAttempt[]> {
  const { rows } = await tx.query<ClaimedAttempt>(
    `WITH due AS MATERIALIZED (
       SELECT id FROM payment.attempts
       WHERE next_query_at <= now()
       ORDER BY next_query_at LIMIT $1
       FOR UPDATE SKIP LOCKED
     )
     UPDATE payment.attempts AS attempt
     SET queries = queries + 1,
         next_query_at = now() + make_interval(secs => ($2::int[])[least(queries + 1, cardinality($2::int[]))] / 1000.0)
     FROM due
     WHERE attempt.id = due.id
     RETURNING attempt.id AS "paymentId", order_id AS "orderId", status, queries`,
    [limit, NEXT_QUERY_MS.map((distanceMs) => Math.min(distanceMs, distanceMaxMs))],
  );
  return rows;
}
