import type { Tx } from '#database';

/** Sorted by what is locked, so that lists with common callers wait for each other in line. */
const LOCK = `
  SELECT pg_advisory_xact_lock(sorted.id) FROM (
    SELECT DISTINCT hashtextextended('orders.caller ' || input.caller_key, 0) AS id
    FROM unnest($1::text[]) AS input (caller_key)
    ORDER BY id
  ) AS sorted`;

/** Until the transaction ends, nobody else places orders for these callers: what they keep unpaid can be counted, and grows here only. */
export async function lockCallers(tx: Tx, callerKeys: readonly string[]): Promise<void> {
  if (callerKeys.length > 0) await tx.query(LOCK, [callerKeys]);
}
