import type { Tx } from '#database';
import { Order, type OrderLine } from './order.entity.js';

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
  | 'total'
  | 'email'
  | 'shippingAddress'
  | 'billingAddress'
  | 'deliveryMethod'
  | 'tokenHash'
  | 'customerId'
  | 'reservationExpiresAt'
> & {
  readonly lines: readonly Pick<OrderLine, 'position' | 'sku' | 'name' | 'unitPrice' | 'quantity' | 'lineTotal'>[];
};

export interface Placement {
  readonly order: NewOrder;
  /** Who orders, for the history. */
  readonly actor: string;
  /** Whose unpaid orders it is counted with; undefined for callers without limits. */
  readonly callerKey?: string | undefined;
}

const INSERT = `
  WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS given (
      id text, "cartId" text, currency text, subtotal bigint, discount bigint, delivery bigint, tax bigint, total bigint,
      email text, "shippingAddress" jsonb, "billingAddress" jsonb, "deliveryMethod" text, "tokenHash" text, "customerId" text,
      "reservationExpiresAt" timestamptz, lines jsonb, actor text, "callerKey" text)
  ), placed AS (
    INSERT INTO orders.orders (id, cart_id, status, currency, subtotal, discount, delivery, tax, total, email,
      shipping_address, billing_address, delivery_method, token_hash, customer_id, reservation_expires_at, caller_key)
    SELECT id, "cartId", 'pending_payment', currency, subtotal, discount, delivery, tax, total, email,
      "shippingAddress", "billingAddress", "deliveryMethod", "tokenHash", "customerId", "reservationExpiresAt", "callerKey"
    FROM given
    RETURNING id, number, status, payment_status, fulfilment_status, placed_at, last_sequence, version
  ), lined AS (
    INSERT INTO orders.lines (order_id, position, sku, name, unit_price, quantity, line_total)
    SELECT given.id, line.position, line.sku, line.name, line."unitPrice", line.quantity, line."lineTotal"
    FROM given CROSS JOIN LATERAL jsonb_to_recordset(given.lines) AS line (
      position integer, sku text, name text, "unitPrice" bigint, quantity integer, "lineTotal" bigint)
  ), noted AS (
    INSERT INTO orders.history (order_id, sequence, type, to_status, to_payment, actor, data)
    SELECT placed.id, placed.last_sequence, 'order.placed', placed.status, placed.payment_status, given.actor,
      jsonb_build_object('total', jsonb_build_object('amount', given.total, 'currency', given.currency))
    FROM placed JOIN given USING (id)
  )
  SELECT id, number, status, payment_status AS "paymentStatus", fulfilment_status AS "fulfilmentStatus", placed_at AS "placedAt",
    last_sequence AS "lastSequence", version
  FROM placed`;

type GivenByDatabase = Pick<
  Order,
  'id' | 'number' | 'status' | 'paymentStatus' | 'fulfilmentStatus' | 'placedAt' | 'lastSequence' | 'version'
>;

/** Writes orders with their lines and their first fact: one statement, however many there are. They come back in the same order. */
export async function insertOrders(tx: Tx, placements: readonly Placement[]): Promise<Order[]> {
  const given = placements.map(({ order, actor, callerKey }) => Object.assign({ actor, callerKey }, order));
  const { rows } = await tx.query<GivenByDatabase>(INSERT, [JSON.stringify(given)]);
  const rowById = new Map(rows.map((row) => [row.id, row]));
  return placements.map(({ order }) =>
    Object.assign(new Order(), { paymentId: null, confirmedAt: null }, order, rowById.get(order.id)),
  );
}
