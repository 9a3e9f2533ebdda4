import type { Invariant } from '#database';
import { LINES_MAX } from '../domain/cart-limits.js';

/** What always holds of carts. */
export const cartInvariants: readonly Invariant[] = [
  {
    name: 'cart_ordered_names_its_order',
    description: 'A cart names an order if, and only if, it is ordered, and no two carts name the same one.',
    sql: `
      SELECT order_id, array_agg(id) AS carts FROM cart.carts
      WHERE order_id IS NOT NULL OR status = 'ordered'
      GROUP BY order_id HAVING count(*) > 1 OR order_id IS NULL OR bool_or(status <> 'ordered')`,
  },
  {
    name: 'cart_within_limits',
    description: `An ordered cart has items, and no cart has more than ${LINES_MAX} different products.`,
    sql: `
      SELECT carts.id, carts.status, count(items.sku) AS lines
      FROM cart.carts LEFT JOIN cart.items ON items.cart_id = carts.id
      GROUP BY carts.id HAVING count(items.sku) > ${LINES_MAX} OR (carts.status = 'ordered' AND count(items.sku) = 0)`,
  },
];
