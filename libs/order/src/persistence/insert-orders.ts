import { col, statement, type Tx } from '#database';
import type { Id } from '#kernel';
import { originsOf } from '#messaging';
import type { Trace } from '#observability';
import { Order, type OrderLine } from './order.entity.js';
import { TRANSITIONS } from '../domain/transitions.js';
import type { FulfilmentStatus, OrderStatus, PaymentStatus } from '../domain/order-states.js';

/** An order that is about to be written; the database gives it its number and its time. */
export type NewOrder = Pick<
  Order,
  | 'id'
  | 'cartId'
  | 'currency'
  | 'subtotal'
  | 'discount'
  | 'delivery'
  | 'tax'
  | 'includedTax'
  | 'deliveryTax'
  | 'total'
  | 'email'
  | 'shippingAddress'
  | 'billingAddress'
  | 'deliveryMethod'
  | 'deliveryMethodName'
  | 'discountCode'
  | 'tokenHash'
  | 'customerId'
  | 'reservationExpiresAt'
> & {
  readonly lines: readonly Pick<
    OrderLine,
    'position' | 'sku' | 'name' | 'unitPrice' | 'quantity' | 'lineTotal' | 'discount' | 'tax'
  >[];
};

export interface Placement {
  readonly order: NewOrder;
  /** Who orders, for the history. */
  readonly actor: string;
  /** Whose unpaid orders it is counted with; undefined for callers without limits. */
  readonly callerKey?: string | undefined;
  /** Of the request, for its event. */
  readonly trace?: Trace | undefined;
}

export const INSERT_ORDERS = statement(
  `WITH input AS MATERIALIZED (
     SELECT * FROM jsonb_to_recordset($1::jsonb) AS input (
       id text, "cartId" text, currency text, subtotal bigint, discount bigint, delivery bigint, tax bigint,
       "includedTax" bigint, "deliveryTax" bigint, total bigint,
       email text, "shippingAddress" jsonb, "billingAddress" jsonb, "deliveryMethod" text,
       "deliveryMethodName" text, "discountCode" text, "tokenHash" text, "customerId" text,
       "reservationExpiresAt" timestamptz, lines jsonb, actor text, "callerKey" text, "traceId" text, "correlationId" text)
   ), inserted AS (
     INSERT INTO orders.orders (id, cart_id, status, payment_status, fulfilment_status, currency, subtotal, discount, delivery, tax,
       included_tax, delivery_tax, total, email, shipping_address, billing_address, delivery_method, delivery_method_name, discount_code,
       token_hash, customer_id, reservation_expires_at, caller_key)
     SELECT id, "cartId", $3, $4, $5, currency, subtotal, discount, delivery, tax,
       "includedTax", "deliveryTax", total, email, "shippingAddress", "billingAddress", "deliveryMethod", "deliveryMethodName", "discountCode",
       "tokenHash", "customerId", "reservationExpiresAt", "callerKey"
     FROM input
     RETURNING id, number, status, payment_status, fulfilment_status, placed_at, last_sequence, version
   ), line_rows AS (
     INSERT INTO orders.lines (order_id, position, sku, name, unit_price, quantity, line_total, discount, tax)
     SELECT input.id, line.position, line.sku, line.name, line."unitPrice", line.quantity, line."lineTotal", line.discount, line.tax
     FROM input CROSS JOIN LATERAL jsonb_to_recordset(input.lines) AS line (
       position integer, sku text, name text, "unitPrice" bigint, quantity integer, "lineTotal" bigint, discount bigint, tax bigint)
   ), history_rows AS (
     INSERT INTO orders.history (order_id, sequence, type, to_status, to_payment, to_fulfilment, actor, trace_id, correlation_id, data)
     SELECT inserted.id, inserted.last_sequence, $2, $3, $4, $5, input.actor, input."traceId", input."correlationId",
       jsonb_build_object('total', jsonb_build_object('amount', input.total, 'currency', input.currency))
     FROM inserted JOIN input USING (id)
   )
   SELECT id, number, status, payment_status AS "paymentStatus", fulfilment_status AS "fulfilmentStatus", placed_at AS "placedAt",
     last_sequence AS "lastSequence", version
   FROM inserted`,
  {
    id: col.text<Id<'order'>>(),
    number: col.text(),
    status: col.text<OrderStatus>(),
    paymentStatus: col.text<PaymentStatus>(),
    fulfilmentStatus: col.text<FulfilmentStatus>(),
    placedAt: col.timestamptz(),
    lastSequence: col.integer(),
    version: col.integer(),
  },
);

/** Writes orders with their lines and the first row of their history: one statement, however many. They come back in the same order. */
export async function insertOrders(tx: Tx, placements: readonly Placement[]): Promise<Order[]> {
  const origins = originsOf(placements);
  const input = placements.map(({ order, actor, callerKey }, place) =>
    Object.assign({ actor, callerKey }, order, origins[place]),
  );
  const { type, to } = TRANSITIONS.placed;
  const { rows } = await tx.query(INSERT_ORDERS, [JSON.stringify(input), type, to.status, to.payment, to.fulfilment]);
  const rowById = new Map(rows.map((row) => [row.id, row]));
  return placements.map(({ order }) =>
    Object.assign(new Order(), { paymentId: null, confirmedAt: null, holdReason: null }, order, rowById.get(order.id)),
  );
}
