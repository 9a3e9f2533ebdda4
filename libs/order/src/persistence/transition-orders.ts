import type { Tx } from '#database';
import type { Change, MovedOrder, Transition } from '../domain/transition.js';

/**
 * The rows are locked first, in one order for everybody, and the decision is made on their states under that lock. `was` keeps the
 * states for the history.
 */
const MOVE = `
  WITH asked AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS asked (
      "orderId" text, actor text, data jsonb, amount bigint, currency text, "paymentId" text, "reservationExpiresAt" timestamptz)
  ), was AS MATERIALIZED (
    SELECT id, status, payment_status FROM orders.orders
    WHERE id = ANY ($2) ORDER BY id FOR UPDATE
  ), moved AS (
    UPDATE orders.orders AS orders
    SET status = $5, payment_status = $7,
        payment_id = coalesce(asked."paymentId", orders.payment_id),
        reservation_expires_at = coalesce(asked."reservationExpiresAt", orders.reservation_expires_at),
        confirmed_at = CASE WHEN $5 = 'confirmed' THEN coalesce(orders.confirmed_at, now()) ELSE orders.confirmed_at END,
        caller_key = CASE WHEN $5 = 'pending_payment' THEN orders.caller_key END,
        last_sequence = orders.last_sequence + 1,
        version = orders.version + 1
    FROM asked JOIN was ON was.id = asked."orderId"
    WHERE orders.id = was.id AND was.status = ANY ($4) AND was.payment_status = ANY ($6)
      AND (asked.amount IS NULL OR (asked.amount = orders.total AND asked.currency = orders.currency))
    RETURNING orders.id, orders.last_sequence, orders.currency, orders.total, orders.reservation_expires_at, asked.actor, asked.data,
              was.status AS from_status, was.payment_status AS from_payment
  ), noted AS (
    INSERT INTO orders.history (order_id, sequence, type, from_status, to_status, from_payment, to_payment, actor, data)
    SELECT id, last_sequence, $3, from_status, $5, from_payment, $7, actor, data FROM moved
  )
  SELECT id AS "orderId", last_sequence AS sequence, currency, total, reservation_expires_at AS "reservationExpiresAt", (
    SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity) ORDER BY position)
    FROM orders.lines WHERE order_id = moved.id
  ) AS lines
  FROM moved ORDER BY id`;

/**
 * Moves those of the orders whose states allow it, and notes it in their history. Returns them; the others are as they were.
 *
 * @throws {RangeError} when an order is named twice: a fact must not be counted double.
 */
export async function transitionOrders(
  tx: Tx,
  { type, status, payment }: Omit<Transition, 'event'>,
  changes: readonly Change[],
): Promise<MovedOrder[]> {
  const ids = changes.map((change) => change.orderId);
  if (new Set(ids).size !== ids.length) throw new RangeError('An order is named twice in one transition.');
  const asked = changes.map(({ total, ...change }) => ({ ...change, ...total, cause: undefined }));
  const { rows } = await tx.query<MovedOrder>(MOVE, [
    JSON.stringify(asked),
    ids,
    type,
    status.from,
    status.to,
    payment.from,
    payment.to,
  ]);
  return rows;
}
