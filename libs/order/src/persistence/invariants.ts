import type { Invariant } from '#database';
import { stateText, type OrderStates } from '../domain/order-states.js';
import { ANYWHERE, type Transition } from '../domain/transition.js';
import { TRANSITIONS } from '../domain/transitions.js';

type LegalRow = Omit<Transition<never>, 'event'>;

const ROWS = Object.values<LegalRow>(TRANSITIONS);

/** What may be noted in any states is checked by the path alone. */
const NOTES = ROWS.filter(({ from }) => from === ANYWHERE).map(({ type }) => type);

/** Everything else that the table allows, as rows of SQL: the type of the event, the states before it and after it. */
const LEGAL = ROWS.filter(({ from }) => from !== ANYWHERE)
  .flatMap(({ type, from, to }) =>
    from.length === 0
      ? [`('${type}', '', '${stateText(to as OrderStates)}')`]
      : from.map((states) => `('${type}', '${stateText(states)}', '${stateText({ ...states, ...to })}')`),
  )
  .join(', ');

/** What always holds of orders. */
export const orderInvariants: readonly Invariant[] = [
  {
    name: 'order_total_is_its_parts',
    description: 'The total of an order is its lines minus the discount plus delivery and tax.',
    sql: `
      SELECT orders.id, orders.total, sum(lines.line_total) AS lines
      FROM orders.orders LEFT JOIN orders.lines ON lines.order_id = orders.id
      GROUP BY orders.id
      HAVING orders.total IS DISTINCT FROM sum(lines.line_total) - orders.discount + orders.delivery + orders.tax`,
  },
  {
    name: 'order_lines_share_its_discount_and_tax',
    description:
      'The discounts of the lines are that of the order, and their taxes with that of delivery are its tax, added or included.',
    sql: `
      SELECT orders.id, orders.discount, sum(lines.discount) AS discounts, orders.tax, orders.included_tax, orders.delivery_tax, sum(lines.tax) AS taxes
      FROM orders.orders JOIN orders.lines ON lines.order_id = orders.id
      GROUP BY orders.id
      HAVING orders.discount <> sum(lines.discount) OR orders.tax + orders.included_tax <> sum(lines.tax) + orders.delivery_tax
        OR (orders.tax > 0 AND orders.included_tax > 0)`,
  },
  {
    name: 'order_one_a_cart',
    description: 'A cart has become one order at the most.',
    sql: `SELECT cart_id, array_agg(id) AS orders FROM orders.orders GROUP BY cart_id HAVING count(*) > 1`,
  },
  {
    name: 'order_confirmed_is_paid',
    description:
      'An order that is confirmed, or went on from there, names the payment that paid it, in full unless staff accepted less, and unless its total is 0.',
    sql: `
      SELECT id, status, payment_status FROM orders.orders
      WHERE (status IN ('confirmed', 'shipped', 'delivered') OR (confirmed_at IS NOT NULL AND status <> 'cancelled'))
        AND ((payment_id IS NULL AND total > 0) OR confirmed_at IS NULL OR payment_status IN ('none', 'pending'))
      UNION ALL
      SELECT id, status, payment_status FROM orders.orders
      WHERE payment_status = 'partially_paid' AND NOT EXISTS (
        SELECT FROM orders.history WHERE order_id = orders.id AND type IN ('order.held', 'order.partially_paid')
          AND to_payment = 'partially_paid' AND from_payment <> 'partially_paid')`,
  },
  {
    name: 'order_none_past_its_time',
    description: 'No unpaid order is left two minutes after its hold ended: it was reminded of and has ended.',
    sql: `
      SELECT id, reservation_expires_at FROM orders.orders
      WHERE status = 'pending_payment' AND payment_status = 'none' AND reservation_expires_at < now() - interval '2 minutes'`,
  },
  {
    name: 'order_history_is_a_path',
    description:
      'Each event begins in the states in which the one before ended, and is a row of the table of transitions.',
    sql: `
      SELECT order_id, sequence, type, before_status, from_status, to_status, before_payment, from_payment, to_payment,
        before_fulfilment, from_fulfilment, to_fulfilment
      FROM (
        SELECT *, lag(to_status) OVER events AS before_status, lag(to_payment) OVER events AS before_payment,
          lag(to_fulfilment) OVER events AS before_fulfilment
        FROM orders.history WINDOW events AS (PARTITION BY order_id ORDER BY sequence)
      ) AS event
      WHERE from_status IS DISTINCT FROM before_status OR from_payment IS DISTINCT FROM before_payment
        OR from_fulfilment IS DISTINCT FROM before_fulfilment
        OR (type = ANY ('{${NOTES.join(',')}}') AND (from_status, from_payment, from_fulfilment) IS DISTINCT FROM (to_status, to_payment, to_fulfilment))
        OR type <> ALL ('{${NOTES.join(',')}}') AND NOT EXISTS (
          SELECT FROM (VALUES ${LEGAL}) AS legal (type, before, after)
          WHERE event.type = legal.type AND concat_ws(' ', from_status, from_payment, from_fulfilment) = legal.before
            AND concat_ws(' ', to_status, to_payment, to_fulfilment) = legal.after)`,
  },
  {
    name: 'order_history_is_complete',
    description:
      'The events of an order are numbered from 1 without a gap, and the last one ends in the states that the order has.',
    sql: `
      SELECT orders.id, orders.last_sequence, orders.status, orders.payment_status, orders.fulfilment_status
      FROM orders.orders
      LEFT JOIN (SELECT order_id, count(*) AS events, max(sequence) AS last FROM orders.history GROUP BY order_id) AS known
        ON known.order_id = orders.id
      LEFT JOIN orders.history AS latest ON latest.order_id = orders.id AND latest.sequence = orders.last_sequence
      WHERE known.events IS DISTINCT FROM orders.last_sequence OR known.last IS DISTINCT FROM orders.last_sequence
        OR latest.to_status IS DISTINCT FROM orders.status OR latest.to_payment IS DISTINCT FROM orders.payment_status
        OR latest.to_fulfilment IS DISTINCT FROM orders.fulfilment_status`,
  },
];
