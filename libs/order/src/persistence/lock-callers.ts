import { col, statement, type Tx } from '#database';

/** Sorted by what is locked, so that lists with common callers wait for each other in line. */
export const LOCK_CALLERS = statement(
  `SELECT pg_advisory_xact_lock(sorted.id) IS NOT NULL AS locked FROM (
     SELECT DISTINCT hashtextextended('orders.caller ' || input.caller_key, 0) AS id
     FROM unnest($1::text[]) AS input (caller_key)
     ORDER BY id
   ) AS sorted`,
  { locked: col.boolean() },
);

/** Until the transaction ends, nobody else places orders for these callers: what they keep unpaid can be counted, and grows here only. */
export async function lockCallers(tx: Tx, callerKeys: readonly string[]): Promise<void> {
  if (callerKeys.length > 0) await tx.query(LOCK_CALLERS, [callerKeys]);
}
