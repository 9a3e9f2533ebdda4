import { Injectable } from '@nestjs/common';
import { OrderPayments, type BuyerCredentials } from '#contracts';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { PaymentNotFound } from '../domain/payment.errors.js';

/** One attempt, or all attempts of an order, for whom the order is open to. */
@Injectable()
export class ReadPayment {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: OrderPayments,
  ) {}

  /** The first one first. @throws `order_not_found` when the credentials do not open the order. */
  async all(orderId: Id<'order'>, buyer: BuyerCredentials): Promise<PaymentAttempt[]> {
    return this.transactions.read(async (db) => {
      await this.orders.assertAccess(db, orderId, buyer);
      return db.manager.find(PaymentAttempt, { where: { orderId }, order: { id: 'ASC' } });
    });
  }

  /** @throws `order_not_found` when the credentials do not open the order, `payment_not_found`. */
  async run(orderId: Id<'order'>, paymentId: Id<'pay'>, buyer: BuyerCredentials): Promise<PaymentAttempt> {
    return this.transactions.read(async (db) => {
      await this.orders.assertAccess(db, orderId, buyer);
      const attempt = await db.manager.findOneBy(PaymentAttempt, { id: paymentId, orderId });
      if (attempt === null) throw new PaymentNotFound();
      return attempt;
    });
  }
}
