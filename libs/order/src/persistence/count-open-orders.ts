import { col, statement, type Tx } from '#database';
import type { OpenOrders } from '../domain/order-limits.js';

export const COUNT_OPEN_ORDERS = statement(
  `SELECT input.caller_key AS "callerKey", count(*)::integer AS orders, sum(lines.units)::bigint AS units
   FROM unnest($1::text[]) AS input (caller_key)
   JOIN orders.orders ON orders.caller_key = input.caller_key AND orders.status = 'pending_payment'
   CROSS JOIN LATERAL (SELECT sum(quantity) AS units FROM orders.lines WHERE order_id = orders.id) AS lines
   GROUP BY input.caller_key`,
  { callerKey: col.text(), orders: col.integer(), units: col.bigint() },
);

/** What these callers keep unpaid; those who keep nothing are absent. They are locked by `lockCallers`. */
export async function countOpenOrders(tx: Tx, callerKeys: readonly string[]): Promise<Map<string, OpenOrders>> {
  if (callerKeys.length === 0) return new Map();
  const { rows } = await tx.query(COUNT_OPEN_ORDERS, [callerKeys]);
  return new Map(rows.map(({ callerKey, orders, units }) => [callerKey, { orders, units }]));
}
