import type { Invariant } from '#database';
import { eventually } from './eventually.js';
import type { Shop } from './start-shop.js';

interface Violation {
  readonly name: string;
  readonly rows: unknown[];
}

/** What must hold between the modules once nothing is on its way any more; the shop's own invariants allow for the way. */
const atRest: readonly Invariant[] = [
  {
    name: 'shop_money_and_goods_agree',
    description:
      'An order that costs something is paid, or was, if, and only if, a captured attempt took its total, or less where that was seen. What was above the total, and all other money, is given back.',
    sql: `SELECT orders.id, orders.status, orders.payment_status, attempt.id AS payment_id, attempt.captured_amount, attempt.refunded
          FROM orders.orders AS orders
          FULL JOIN (
            SELECT each.*, coalesce(sum(refund.amount), 0) AS refunded,
                   coalesce(sum(refund.amount) FILTER (WHERE refund.cause = 'overpaid'), 0) AS overpaid
            FROM payment.attempts AS each
            LEFT JOIN payment.refunds AS refund ON refund.payment_id = each.id AND refund.status <> 'failed'
            WHERE each.status = 'captured' GROUP BY each.id
          ) AS attempt ON attempt.id = orders.payment_id
          WHERE CASE WHEN orders.id IS NULL THEN attempt.refunded < attempt.captured_amount
            ELSE (orders.payment_status NOT IN ('none', 'pending', 'authorized') AND orders.total > 0) IS DISTINCT FROM (attempt.id IS NOT NULL)
              OR (attempt.id IS NOT NULL AND attempt.captured_currency <> orders.currency)
              OR (attempt.captured_amount - attempt.overpaid <> orders.total AND NOT (
                attempt.captured_amount < orders.total
                AND EXISTS (SELECT FROM orders.history WHERE order_id = orders.id AND type = 'order.held')))
            END`,
  },
  {
    name: 'shop_confirmed_units_are_backed',
    description:
      'Every unit of a confirmed order is backed by a committed reservation, and every open order by a hold.',
    sql: `SELECT orders.id, orders.status, line.sku, line.quantity, hold.quantity AS held, hold.committed
          FROM orders.orders AS orders
          JOIN orders.lines AS line ON line.order_id = orders.id
          LEFT JOIN LATERAL (
            SELECT sum(quantity) FILTER (WHERE status IN ('held', 'extended', 'committed')) AS quantity,
              sum(CASE WHEN status IN ('committed', 'consumed') THEN quantity ELSE consumed END) AS committed
            FROM inventory.reservations WHERE order_id = orders.id AND sku = line.sku
          ) AS hold ON true
          WHERE (orders.status = 'confirmed' AND hold.committed IS DISTINCT FROM line.quantity)
             OR (orders.status = 'pending_payment' AND hold.quantity IS DISTINCT FROM line.quantity)
             OR (orders.status IN ('expired', 'cancelled') AND hold.quantity IS NOT NULL)`,
  },
  {
    name: 'shop_no_charge_without_order',
    description: 'The provider took money only for orders that exist.',
    sql: `SELECT charge.idempotency_key FROM payment.sandbox_charges AS charge
          LEFT JOIN orders.orders AS orders ON orders.id = charge.merchant_reference
          WHERE charge.status = 'captured' AND orders.id IS NULL`,
  },
  {
    name: 'shop_every_event_is_published_once',
    description:
      'Each row of an order’s history and each end of a payment has its one event in the outbox, and the broker has taken it.',
    sql: `WITH expected AS (
            SELECT 'order' AS source, order_id AS subject, sequence FROM orders.history
            UNION ALL
            SELECT 'payment', id, number FROM payment.attempts, generate_series(1, last_sequence) AS number
          )
          SELECT source, subject, sequence, event.type, event.published_at, event.last_error
          FROM expected
          FULL JOIN (SELECT * FROM messaging.outbox WHERE source IN ('order', 'payment')) AS event
            USING (source, subject, sequence)
          WHERE expected.subject IS NULL OR event.subject IS NULL OR event.published_at IS NULL`,
  },
];

/**
 * The invariants that are violated once the shop is at rest, with a few of the rows that say so. Empty is the only good answer. While work is
 * still on its way it waits; what is violated for half a minute stays violated.
 */
export async function violations(shop: Shop): Promise<readonly Violation[]> {
  try {
    return await eventually(async () => {
      const found = await violationsNow(shop);
      if (found.length > 0) throw new Unrest(found);
      return found;
    });
  } catch (error) {
    if (error instanceof Unrest) return error.found;
    throw error;
  }
}

class Unrest extends Error {
  constructor(readonly found: readonly Violation[]) {
    super('Invariants are violated.');
  }
}

async function violationsNow(shop: Shop): Promise<Violation[]> {
  const { status, body } = await shop.staff.get('/v1/admin/invariants');
  if (status !== 200) throw new Error(`The shop does not check its invariants: ${status} ${JSON.stringify(body)}`);
  const found: Violation[] = body.checks
    .filter((check: { violations: number }) => check.violations > 0)
    .map(({ name, sample }: { name: string; sample: unknown[] }) => ({ name, rows: sample }));
  for (const { name, sql } of atRest) {
    const { rows } = await shop.db.query(sql);
    if (rows.length > 0) found.push({ name, rows: rows.slice(0, 3) });
  }
  return found;
}
