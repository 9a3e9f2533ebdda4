import { CancellingDue, PaymentStatusCheckDue } from '#contracts';
import type { Invariant } from '#database';

/**
 * The invariants that join what two modules know: no module may ask another's tables, but the shop as a whole may. Modules learn of
 * each other by events, so each query gives them five minutes.
 */
export const shopInvariants: readonly Invariant[] = [
  {
    name: 'shop_captured_money_has_goods',
    description:
      'Every captured payment has paid its order, or the whole of it is given back; so is what it took above the total. A refund that failed waits for a person.',
    sql: `SELECT attempt.id AS payment_id, attempt.order_id, orders.status
          FROM payment.attempts AS attempt LEFT JOIN orders.orders AS orders ON orders.id = attempt.order_id
          WHERE attempt.status = 'captured' AND attempt.updated_at < now() - interval '5 minutes'
            AND attempt.captured_amount - (SELECT coalesce(sum(amount), 0) FROM payment.refunds
                                          WHERE payment_id = attempt.id AND status <> 'failed')
              > CASE WHEN orders.payment_id = attempt.id AND orders.currency = attempt.captured_currency
                      AND orders.status NOT IN ('cancelling', 'cancelled')
                     THEN orders.total ELSE 0 END
            AND NOT EXISTS (SELECT FROM payment.refunds WHERE payment_id = attempt.id AND status = 'failed')`,
  },
  {
    name: 'shop_paid_orders_have_money',
    description:
      'Every paid order whose total is not 0 names a captured payment of which the total has not been given back.',
    sql: `SELECT orders.id AS order_id, orders.payment_id FROM orders.orders AS orders
          LEFT JOIN payment.attempts AS attempt ON attempt.id = orders.payment_id AND attempt.status = 'captured'
          WHERE orders.payment_status = 'paid' AND orders.total > 0
            AND (attempt.id IS NULL OR attempt.captured_amount - (
              SELECT coalesce(sum(amount), 0) FROM payment.refunds
              WHERE payment_id = attempt.id AND status = 'succeeded' AND updated_at < now() - interval '5 minutes') < orders.total)`,
  },
  {
    name: 'shop_confirmed_units_are_backed',
    description: 'Every unit of a confirmed order is backed by a reservation that is committed or consumed.',
    sql: `SELECT orders.id AS order_id, line.sku, line.quantity, backing.quantity AS backed
          FROM orders.orders AS orders
          JOIN orders.lines AS line ON line.order_id = orders.id
          LEFT JOIN LATERAL (
            SELECT sum(CASE WHEN status IN ('committed', 'consumed') THEN quantity ELSE consumed END) AS quantity
            FROM inventory.reservations WHERE order_id = orders.id AND sku = line.sku
          ) AS backing ON true
          WHERE orders.status = 'confirmed' AND orders.confirmed_at < now() - interval '5 minutes'
            AND backing.quantity IS DISTINCT FROM line.quantity`,
  },
  {
    name: 'shop_shipped_units_are_consumed',
    description: 'The stock of every shipped unit of an order is consumed.',
    sql: `SELECT sent.order_id, sent.sku, sent.units AS shipped, coalesce(gone.units, 0) AS consumed
          FROM (
            SELECT line.order_id, line.sku, sum(line.quantity) AS units
            FROM fulfilment.shipment_lines AS line JOIN fulfilment.shipments AS shipment ON shipment.id = line.shipment_id
            WHERE shipment.shipped_at < now() - interval '5 minutes' GROUP BY line.order_id, line.sku
          ) AS sent
          LEFT JOIN (
            SELECT order_id, sku, sum(quantity) AS units FROM inventory.reservations
            WHERE status = 'consumed' GROUP BY order_id, sku
          ) AS gone USING (order_id, sku)
          WHERE coalesce(gone.units, 0) < sent.units`,
  },
  {
    name: 'shop_returns_are_refunded',
    description:
      'Every received return has the refund that was asked for it, unless nothing is left of its order’s payment or a dispute is about it.',
    sql: `SELECT goods.id AS return_id, goods.order_id, goods.refund_amount
          FROM fulfilment.returns AS goods
          JOIN payment.attempts AS attempt ON attempt.order_id = goods.order_id AND attempt.status = 'captured'
          WHERE goods.refund_amount IS NOT NULL AND goods.closed_at < now() - interval '5 minutes'
            AND attempt.updated_at < now() - interval '5 minutes'
            AND NOT EXISTS (SELECT FROM payment.refunds WHERE return_id = goods.id)
            AND NOT EXISTS (SELECT FROM payment.disputes WHERE payment_id = attempt.id AND status <> 'won')
            AND attempt.captured_amount > (SELECT coalesce(sum(amount), 0) FROM payment.refunds
                                           WHERE payment_id = attempt.id AND status <> 'failed')`,
  },
  {
    name: 'shop_ended_orders_hold_nothing',
    description: 'No expired or cancelled order holds stock.',
    sql: `SELECT orders.id AS order_id, hold.sku, hold.quantity FROM orders.orders AS orders
          JOIN inventory.reservations AS hold ON hold.order_id = orders.id
               AND hold.status IN ('held', 'extended', 'committed')
          WHERE orders.status IN ('expired', 'cancelled')`,
  },
  {
    name: 'shop_discounts_have_their_orders',
    description:
      'Each order with a discount code holds one use of it, and no use is held by another, or by an order that ended unpaid. An order that expired and was paid later may hold one.',
    sql: `SELECT orders.id AS order_id, orders.status, orders.discount_code, uses.order_id AS use_of, uses.code
          FROM (
            SELECT *, status = 'expired' OR (status = 'cancelled' AND payment_status = 'none' AND confirmed_at IS NULL) AS ended,
              EXISTS (SELECT FROM orders.history WHERE order_id = each.id AND to_status = 'expired') AS expired
            FROM orders.orders AS each
          ) AS orders
          FULL JOIN pricing.discount_uses AS uses ON uses.order_id = orders.id
          WHERE CASE
            WHEN orders.id IS NULL THEN true
            WHEN orders.ended THEN uses.order_id IS NOT NULL AND NOT EXISTS (
              SELECT FROM orders.history WHERE order_id = orders.id AND at > now() - interval '5 minutes')
            WHEN orders.expired THEN uses.order_id IS NOT NULL AND uses.code IS DISTINCT FROM orders.discount_code
            ELSE uses.code IS DISTINCT FROM orders.discount_code
          END`,
  },
  {
    name: 'shop_history_has_its_events',
    description: 'Each row of an order’s history has its event in the outbox.',
    sql: `SELECT history.order_id, history.sequence, history.type FROM orders.history AS history
          LEFT JOIN messaging.outbox AS event
            ON event.source = 'order' AND event.subject = history.order_id AND event.sequence = history.sequence
          WHERE event.subject IS NULL AND history.at > now() - interval '6 days'`,
  },
  {
    name: 'shop_event_sequences_have_no_gap',
    description: 'The events of an order or a payment that are in the outbox are numbered without a gap.',
    sql: `SELECT source, subject, min(sequence) AS first, max(sequence) AS last, count(*) AS events FROM messaging.outbox
          WHERE source IN ('order', 'payment') GROUP BY source, subject HAVING max(sequence) - min(sequence) + 1 <> count(*)`,
  },
  {
    name: 'shop_key_has_one_effect',
    description: 'An idempotency key is claimed once, so it has one effect at the most.',
    sql: `SELECT encode(id, 'hex') AS id FROM commands.idempotency_keys GROUP BY id HAVING count(*) > 1`,
  },
  {
    name: 'shop_events_leave',
    description: 'No event has waited in the outbox for more than a minute.',
    sql: `SELECT source, subject, sequence, type, occurred_at FROM messaging.outbox
          WHERE published_at IS NULL AND occurred_at < now() - interval '1 minute'`,
  },
  {
    name: 'shop_replays_leave',
    description: 'No dead letter has waited for more than a minute to return to its queue since that was asked for.',
    sql: `SELECT id, queue, message_id, changed_at FROM messaging.dead_letters
          WHERE status = 'replaying' AND changed_at < now() - interval '1 minute'`,
  },
  {
    name: 'shop_scheduled_messages_leave',
    description: 'No scheduled message has been due for more than a minute.',
    sql: `SELECT type, subject, due_at FROM messaging.scheduled WHERE due_at < now() - interval '1 minute'`,
  },
  {
    name: 'shop_payment_outcome_is_found',
    description:
      'Each attempt whose outcome is not known has a status check scheduled, or one that was published within the last 60 s.',
    sql: `SELECT id AS payment_id, status FROM payment.attempts AS attempt
          WHERE status IN ('created', 'requires_action', 'processing', 'unknown', 'authorized')
            AND NOT EXISTS (
              SELECT FROM messaging.scheduled
              WHERE type = '${PaymentStatusCheckDue.type}' AND subject = attempt.id AND due_at > now() - interval '60 seconds')
            AND NOT EXISTS (
              SELECT FROM messaging.outbox
              WHERE source = '${PaymentStatusCheckDue.source}' AND subject = attempt.id
                AND occurred_at > now() - interval '60 seconds')`,
  },
  {
    name: 'shop_cancelling_orders_are_looked_after',
    description:
      'Each order that is being cancelled has a look at its money scheduled, or one that was published within the last 60 s.',
    sql: `SELECT id AS order_id, number FROM orders.orders
          WHERE status = 'cancelling'
            AND NOT EXISTS (
              SELECT FROM messaging.scheduled WHERE type = '${CancellingDue.type}' AND subject = orders.id)
            AND NOT EXISTS (
              SELECT FROM messaging.outbox
              WHERE source = '${CancellingDue.source}' AND subject = orders.id AND occurred_at > now() - interval '60 seconds')`,
  },
];
