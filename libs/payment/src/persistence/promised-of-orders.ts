import { col, statement, type RowOf, type Reader } from '#database';
import type { Id } from '#kernel';
import type { PaymentAction } from './request-action.js';

export const PROMISED_OF_ORDERS = statement(
  `SELECT id AS "paymentId", order_id AS "orderId", requested_action AS "requestedAction"
   FROM payment.attempts WHERE order_id = ANY ($1) AND status = 'authorized' ORDER BY id`,
  {
    paymentId: col.text<Id<'pay'>>(),
    orderId: col.text<Id<'order'>>(),
    requestedAction: col.orNull(col.text<PaymentAction>()),
  },
);

/** Promised money of these orders, in one order for everybody, and what was asked for. */
export async function promisedOfOrders(
  db: Reader,
  orderIds: readonly Id<'order'>[],
): Promise<RowOf<typeof PROMISED_OF_ORDERS>[]> {
  return (await db.query(PROMISED_OF_ORDERS, [orderIds])).rows;
}
