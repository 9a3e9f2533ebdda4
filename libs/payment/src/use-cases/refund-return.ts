import { Injectable, Logger } from '@nestjs/common';
import { OrderPayments } from '#contracts';
import type { Tx } from '#database';
import type { Id, Money } from '#kernel';
import { NothingToRefund } from '../domain/refund.errors.js';
import { promisedOfOrders } from '../persistence/promised-of-orders.js';
import { Refund } from '../persistence/refund.entity.js';
import { RequestRefund } from './request-refund.js';

export interface ReturnToRefund {
  readonly returnId: Id<'ret'>;
  readonly orderId: Id<'order'>;
  readonly refund: Money;
}

/** Gives money back for goods that came back: once a return, of the payment that paid the order, and no more than is left of it. */
@Injectable()
export class RefundReturn {
  private readonly logger = new Logger(RefundReturn.name);

  constructor(
    private readonly orders: OrderPayments,
    private readonly requestRefund: RequestRefund,
  ) {}

  /**
   * @throws Error while the money is only promised: it is being captured, so trying again helps
   * @throws {PaymentIsDisputed} @throws {RefundExceedsCaptured} for another currency
   */
  async run(tx: Tx, { returnId, orderId, refund: amount }: ReturnToRefund): Promise<void> {
    if (await tx.manager.existsBy(Refund, { returnId })) return;
    const paymentId = (await this.orders.paidBy(tx, orderId)) ?? undefined;
    const reason = `goods of return ${returnId} came back`;
    const request = { orderId, paymentId, amount, cause: 'returned', returnId, reason, actor: 'system' } as const;
    try {
      const { id: refundId, money } = await this.requestRefund.run(tx, request);
      if (money.amount < amount.amount) {
        this.logger.warn({ msg: 'less than was asked for a return is left to refund', returnId, orderId, refundId });
      }
    } catch (error) {
      if (!(error instanceof NothingToRefund)) throw error;
      if ((await promisedOfOrders(tx, [orderId])).length > 0) {
        throw new Error(`The money of order ${orderId} is not captured yet.`, { cause: error });
      }
      this.logger.warn({ msg: 'nothing is left to refund for a return', returnId, orderId });
    }
  }
}
