import type { UnfitCause } from '#contracts';
import { Money, type Id } from '#kernel';
import type { OrderStatus } from './order-states.js';

export interface JudgedCapture {
  readonly paymentId: Id<'pay'>;
  readonly amount: Money;
}

/** What of an order decides whether money fits it. */
export interface JudgedOrder {
  readonly status: OrderStatus;
  readonly paymentId: Id<'pay'> | null;
  readonly total: Money;
}

/** `ok`: it has paid the order, or may. `short`: it is too little for it. */
export type Judgement = 'ok' | 'short' | { readonly giveBack: UnfitCause };

/** Whether money that was taken fits its order. Undefined: there is no such order. */
export function judgeCapture({ paymentId, amount }: JudgedCapture, order: JudgedOrder | undefined): Judgement {
  if (order === undefined) return { giveBack: 'order_not_found' };
  // Captured after it was given up, its order has no goods any more.
  if (order.paymentId === paymentId) return order.status === 'cancelled' ? { giveBack: 'order_ended' } : 'ok';
  if (order.paymentId !== null) return { giveBack: 'second_payment' };
  if (order.status !== 'pending_payment' && order.status !== 'expired') return { giveBack: 'order_ended' };
  if (amount.currency !== order.total.currency) return { giveBack: 'wrong_currency' };
  if (amount.amount >= order.total.amount) return 'ok';
  return order.status === 'expired' ? { giveBack: 'order_ended' } : 'short';
}
