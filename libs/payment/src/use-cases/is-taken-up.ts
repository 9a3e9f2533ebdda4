import { In, Not } from 'typeorm';
import type { OrderPayments } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { Refund } from '../persistence/refund.entity.js';

/**
 * Whether captured money has reached its order: it has paid it, or was found to fit no order. Given back before that, the order would be
 * confirmed without it.
 */
export async function isTakenUp(
  tx: Tx,
  orders: OrderPayments,
  { orderId, paymentId }: { readonly orderId: Id<'order'>; readonly paymentId: Id<'pay'> },
): Promise<boolean> {
  if ((await orders.paidBy(tx, orderId)) === paymentId) return true;
  return tx.manager.existsBy(Refund, { paymentId, cause: Not(In(['staff', 'returned', 'made_elsewhere'])) });
}
