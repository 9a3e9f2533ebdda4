import type { Tx } from '#database';
import type { OpenOrders } from '../domain/order-limits.js';

const COUNT = `
  SELECT orders.caller_key AS "callerKey", count(*)::integer AS orders, sum(lines.units)::bigint AS units
  FROM orders.orders
  CROSS JOIN LATERAL (SELECT sum(quantity) AS units FROM orders.lines WHERE order_id = orders.id) AS lines
  WHERE orders.caller_key = ANY ($1) AND orders.status = 'pending_payment'
  GROUP BY orders.caller_key`;

/** What these callers keep unpaid; those who keep nothing are absent. They are locked by `lockCallers`. */
export async function countOpenOrders(tx: Tx, callerKeys: readonly string[]): Promise<Map<string, OpenOrders>> {
  if (callerKeys.length === 0) return new Map();
  const { rows } = await tx.query<OpenOrders & { readonly callerKey: string }>(COUNT, [callerKeys]);
  return new Map(rows.map(({ callerKey, orders, units }) => [callerKey, { orders, units }]));
}
