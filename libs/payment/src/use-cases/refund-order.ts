import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { OrderPayments, orderLock, type BuyerCredentials } from '#contracts';
import type { Tx } from '#database';
import type { Id, Money } from '#kernel';
import { PaymentInProgress } from '../domain/payment.errors.js';
import type { Refund } from '../persistence/refund.entity.js';
import { isTakenUp } from './is-taken-up.js';
import { RequestRefund } from './request-refund.js';

export interface OrderRefund {
  readonly orderId: Id<'order'>;
  readonly amount: Money | undefined;
  readonly reason: string;
  readonly staff: BuyerCredentials & { readonly actor: string };
}

/** Staff give money of an order back, in part or in full. */
@Injectable()
export class RefundOrder extends SingleCommand<OrderRefund, Refund> {
  constructor(
    private readonly orders: OrderPayments,
    private readonly requestRefund: RequestRefund,
  ) {
    super();
  }

  override lock({ orderId }: OrderRefund) {
    return orderLock.lock(orderId);
  }

  /** @throws `order_not_found`, `payment_in_progress` and what `RequestRefund` does. */
  override async runOne(tx: Tx, { orderId, amount, reason, staff }: OrderRefund): Promise<Refund> {
    await this.orders.assertAccess(tx, orderId, { ...staff, anyBuyer: true });
    const { actor } = staff;
    const refund = await this.requestRefund.run(tx, { orderId, amount, reason, cause: 'staff', actor });
    if (!(await isTakenUp(tx, this.orders, refund))) throw new PaymentInProgress();
    const after = { refundId: refund.id, paymentId: refund.paymentId, amount: refund.money };
    const subject = { type: 'order', id: orderId };
    await recordAudit(tx, actor, [{ action: 'order.refund', subject, before: null, after, reason }]);
    return refund;
  }
}
