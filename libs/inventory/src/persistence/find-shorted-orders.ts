import { col, statement } from '#database';
import type { Id } from '#kernel';
import type { ReservationStatus } from '../domain/transitions.js';

/** Orders named in an answer; it says how many there are besides. */
const ORDERS_NAMED_MAX = 100;

/** Paid orders are served first, then whoever came first; those for whom nothing is left are named. */
export const FIND_SHORTED_ORDERS = statement(
  `
  SELECT order_id AS "orderId", quantity, status, (count(*) OVER ())::integer AS total
  FROM (
    SELECT order_id, quantity, status, held_at, status = 'committed' AS paid,
      sum(quantity) OVER (ORDER BY status = 'committed' DESC, held_at, order_id ROWS UNBOUNDED PRECEDING) AS needed
    FROM inventory.reservations
    WHERE sku = $1 AND location = $2 AND status IN ('held', 'extended', 'committed')
  ) AS holds
  WHERE needed > $3
  ORDER BY paid DESC, held_at, order_id
  LIMIT ${ORDERS_NAMED_MAX}`,
  {
    orderId: col.text<Id<'order'>>(),
    quantity: col.integer(),
    status: col.text<ReservationStatus>(),
    total: col.integer(),
  },
);
