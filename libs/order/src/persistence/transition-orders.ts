import type { HoldLine } from '#contracts';
import { col, statement, type Tx } from '#database';
import type { Currency, Id, Money } from '#kernel';
import { originsOf, type Cause } from '#messaging';
import type { Trace } from '#observability';
import type { MovedOrder } from '../domain/order-events.js';
import { stateText, type HoldReason } from '../domain/order-states.js';
import type { Transition } from '../domain/transition.js';

/** One order's part in a transition. */
export interface OrderChange<Data> {
  readonly orderId: Id<'order'>;
  readonly actor: string;
  /** What the history says beside the type of the event; shown in the timeline. */
  readonly data: Data;
  /** The order moves only if this covers its total. */
  readonly total?: Money;
  readonly paymentId?: Id<'pay'>;
  readonly reservationExpiresAt?: Date | undefined;
  /** Why an order that is on hold now is. */
  readonly holdReason?: HoldReason;
  /** The event that moves it, where several orders are moved by one event each. */
  readonly cause?: Cause | undefined;
  /** Of the request that moves it, where the requests of several callers move one order each. */
  readonly trace?: Trace | undefined;
}

/** The rows are locked first, in one order for everybody, and the decision is made on their states under that lock. */
export const TRANSITION_ORDERS = statement(
  `WITH input AS MATERIALIZED (
     SELECT * FROM jsonb_to_recordset($1::jsonb) AS input (
       "orderId" text, actor text, data jsonb, amount bigint, currency text, "paymentId" text, "reservationExpiresAt" timestamptz,
       "holdReason" text, "traceId" text, "correlationId" text)
   ), current AS MATERIALIZED (
     SELECT id, status, payment_status, fulfilment_status FROM orders.orders
     WHERE id = ANY ($2) ORDER BY id FOR UPDATE
   ), updated AS (
     UPDATE orders.orders AS orders
     SET status = coalesce($5, orders.status), payment_status = coalesce($6, orders.payment_status),
         fulfilment_status = coalesce($7, orders.fulfilment_status),
         payment_id = coalesce(input."paymentId", orders.payment_id),
         reservation_expires_at = coalesce(input."reservationExpiresAt", orders.reservation_expires_at),
         confirmed_at = CASE WHEN $5 = 'confirmed' THEN coalesce(orders.confirmed_at, now()) ELSE orders.confirmed_at END,
         hold_reason = CASE WHEN coalesce($5, orders.status) = 'on_hold' THEN coalesce(input."holdReason", orders.hold_reason) END,
         caller_key = CASE WHEN coalesce($5, orders.status) = 'pending_payment' THEN orders.caller_key END,
         last_sequence = orders.last_sequence + 1,
         version = orders.version + 1
     FROM input JOIN current ON current.id = input."orderId"
     WHERE orders.id = current.id
       AND concat_ws(' ', current.status, current.payment_status, current.fulfilment_status) = ANY ($4)
       AND (input.amount IS NULL OR (input.amount >= orders.total AND input.currency = orders.currency))
     RETURNING orders.id, orders.number, orders.status, orders.payment_status, orders.fulfilment_status, orders.last_sequence, orders.currency, orders.total, orders.reservation_expires_at,
               input.actor, input.data, input."traceId", input."correlationId",
               current.status AS from_status, current.payment_status AS from_payment, current.fulfilment_status AS from_fulfilment
   ), history_rows AS (
     INSERT INTO orders.history (order_id, sequence, type, from_status, to_status, from_payment, to_payment,
       from_fulfilment, to_fulfilment, actor, trace_id, correlation_id, data)
     SELECT id, last_sequence, $3, from_status, status, from_payment, payment_status, from_fulfilment, fulfilment_status, actor,
       "traceId", "correlationId", data FROM updated
   )
   SELECT id AS "orderId", number, last_sequence AS sequence, currency, total, reservation_expires_at AS "reservationExpiresAt", (
     SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity) ORDER BY position)
     FROM orders.lines WHERE order_id = updated.id
   ) AS lines
   FROM updated ORDER BY id`,
  {
    orderId: col.text<Id<'order'>>(),
    number: col.text(),
    sequence: col.integer(),
    currency: col.char<Currency>(),
    total: col.bigint(),
    reservationExpiresAt: col.timestamptz(),
    lines: col.json<readonly HoldLine[]>(),
  },
);

/**
 * Moves those of the orders whose states allow it, and writes their history. Returns them; the others are as they were.
 *
 * @throws {RangeError} when an order is named twice: an event must not be counted double.
 */
export async function transitionOrders<Data>(
  tx: Tx,
  { type, from, to }: Omit<Transition<Data>, 'event'>,
  changes: readonly OrderChange<Data>[],
): Promise<MovedOrder[]> {
  const ids = changes.map((change) => change.orderId);
  if (new Set(ids).size !== ids.length) throw new RangeError('An order is named twice in one transition.');
  const origins = originsOf(changes);
  const input = changes.map(({ total, ...change }, place) => {
    return { ...change, ...total, ...origins[place], cause: undefined, trace: undefined };
  });
  const states = [from.map(stateText), to.status ?? null, to.payment ?? null, to.fulfilment ?? null];
  const { rows } = await tx.query(TRANSITION_ORDERS, [JSON.stringify(input), ids, type, ...states]);
  return rows;
}
