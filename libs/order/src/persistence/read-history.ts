import { col, statement, type Reader } from '#database';
import type { Id } from '#kernel';
import type { OrderEvent } from './order.entity.js';

/** Channel of PostgreSQL on which each row of the history is notified: `order_… 3,order_… 1`. A trigger does it. */
export const HISTORY_CHANNEL = 'orders_history';

export const READ_HISTORY = statement(
  `SELECT history.order_id AS "orderId", history.sequence, history.type, history.at, history.actor, history.data,
     history.trace_id AS "traceId", history.correlation_id AS "correlationId"
   FROM unnest($1::text[], $2::integer[]) AS input (order_id, after)
   CROSS JOIN LATERAL (
     SELECT * FROM orders.history WHERE order_id = input.order_id AND sequence > input.after ORDER BY sequence LIMIT $3
   ) AS history
   ORDER BY history.order_id, history.sequence`,
  {
    orderId: col.text<Id<'order'>>(),
    sequence: col.integer(),
    type: col.text(),
    at: col.timestamptz(),
    actor: col.text(),
    data: col.jsonb<OrderEvent['data']>(),
    traceId: col.orNull(col.text()),
    correlationId: col.orNull(col.text()),
  },
);

/**
 * What happened to these orders since, in the order in which it happened: of each order the first rows behind its sequence, `countEach` at
 * the most. An order without any is absent.
 */
export async function readHistory(
  db: Reader,
  afterOf: ReadonlyMap<Id<'order'>, number>,
  countEach: number,
): Promise<Map<Id<'order'>, OrderEvent[]>> {
  const { rows } = await db.query(READ_HISTORY, [[...afterOf.keys()], [...afterOf.values()], countEach]);
  const eventsOf = new Map<Id<'order'>, OrderEvent[]>();
  for (const row of rows) {
    const events = eventsOf.get(row.orderId) ?? [];
    eventsOf.set(row.orderId, events);
    events.push(row);
  }
  return eventsOf;
}
