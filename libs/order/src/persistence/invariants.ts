import type { Invariant } from '#database';
import { ORDER_MOVES, PAYMENT_MOVES } from '../domain/order-status.js';

/** The legal moves as rows of SQL: `('confirmed', 'shipped'), …`. */
const movesIn = (moves: Readonly<Record<string, readonly string[]>>): string =>
  Object.entries(moves)
    .flatMap(([from, targets]) => targets.map((to) => `('${from}', '${to}')`))
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
    name: 'order_one_a_cart',
    description: 'A cart has become one order at the most.',
    sql: `SELECT cart_id, array_agg(id) AS orders FROM orders.orders GROUP BY cart_id HAVING count(*) > 1`,
  },
  {
    name: 'order_confirmed_is_paid',
    description:
      'An order that is confirmed, or went on from there, names the payment that paid it in full, unless its total is 0.',
    sql: `
      SELECT id, status, payment_status FROM orders.orders
      WHERE status IN ('confirmed', 'on_hold', 'cancelling', 'shipped', 'delivered')
        AND ((payment_id IS NULL AND total > 0) OR confirmed_at IS NULL
          OR payment_status NOT IN ('paid', 'partially_refunded', 'refunded', 'disputed'))`,
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
    description: 'Each fact begins in the states in which the one before ended, and moves as the tables allow.',
    sql: `
      SELECT order_id, sequence, before_status, from_status, to_status, before_payment, from_payment, to_payment
      FROM (
        SELECT *, lag(to_status) OVER facts AS before_status, lag(to_payment) OVER facts AS before_payment
        FROM orders.history WINDOW facts AS (PARTITION BY order_id ORDER BY sequence)
      ) AS fact
      WHERE from_status IS DISTINCT FROM before_status OR from_payment IS DISTINCT FROM before_payment
        OR CASE
          WHEN sequence = 1 THEN to_status <> 'pending_payment' OR to_payment <> 'none'
          ELSE (from_status <> to_status AND (from_status, to_status) NOT IN (VALUES ${movesIn(ORDER_MOVES)}))
            OR (from_payment <> to_payment AND (from_payment, to_payment) NOT IN (VALUES ${movesIn(PAYMENT_MOVES)}))
        END`,
  },
  {
    name: 'order_history_is_complete',
    description:
      'The facts of an order are numbered from 1 without a gap, and the last one ends in the states that the order has.',
    sql: `
      SELECT orders.id, orders.last_sequence, orders.status, orders.payment_status
      FROM orders.orders
      LEFT JOIN (SELECT order_id, count(*) AS facts, max(sequence) AS last FROM orders.history GROUP BY order_id) AS known
        ON known.order_id = orders.id
      LEFT JOIN orders.history AS latest ON latest.order_id = orders.id AND latest.sequence = orders.last_sequence
      WHERE known.facts IS DISTINCT FROM orders.last_sequence OR known.last IS DISTINCT FROM orders.last_sequence
        OR latest.to_status IS DISTINCT FROM orders.status OR latest.to_payment IS DISTINCT FROM orders.payment_status`,
  },
];
