import { Injectable } from '@nestjs/common';
import { OrderPayments, StockReservations, type BuyerCredentials, type Payer } from '#contracts';
import type { Reader, Tx } from '#database';
import { assertVersion, type Id, type Money } from '#kernel';
import { lockOrder, lockPendingPayment } from '../persistence/find-order.js';
import { OrderRepository } from '../persistence/order.repository.js';
import { Order } from '../persistence/order.entity.js';
import { AlreadyPaid, OrderNotFound, OrderNotPayable, PaymentInProgress } from '../domain/order.errors.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { EndPayment } from '../use-cases/end-payment.js';

const ACTOR = 'payment';

/** What the payment module may ask of an order, and do to it. */
@Injectable()
export class OrderPaymentsAdapter extends OrderPayments {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
    private readonly endPayment: EndPayment,
  ) {
    super();
  }

  override async assertAccess(db: Reader, orderId: Id<'order'>, buyer: BuyerCredentials): Promise<Id<'cart'>> {
    const order = await db.manager.findOneBy(Order, { id: orderId });
    if (!order?.isOpenTo(buyer)) throw new OrderNotFound();
    return order.cartId;
  }

  override async paidBy(db: Reader, orderId: Id<'order'>): Promise<Id<'pay'> | null> {
    const order = await db.manager.findOneBy(Order, { id: orderId });
    return order?.paymentId ?? null;
  }

  override async start(tx: Tx, orderId: Id<'order'>, payer: Payer): Promise<Money> {
    const order = await lockOrder(tx, orderId, payer);
    assertVersion(payer.expected, order.version);
    if (order.paymentStatus === 'pending') throw new PaymentInProgress();
    if (order.paymentStatus !== 'none') throw new AlreadyPaid();
    if (order.status !== 'pending_payment') throw new OrderNotPayable(order.status);
    const reservationExpiresAt = await this.stock.extend(tx, orderId);
    if (reservationExpiresAt === undefined) throw new OrderNotPayable(order.status);
    const actor = payer.anyBuyer === true ? payer.actor : ACTOR;
    const change = { orderId, actor, data: {}, reservationExpiresAt };
    const moved = await this.repository.transition(tx, TRANSITIONS.paymentStarted, [change]);
    if (moved.length === 0) throw new Error(`Order ${orderId} moved although its row is locked.`);
    return order.totals.total;
  }

  /** Once more, or for an order that is past its payment, it changes nothing. */
  override async failed(tx: Tx, orderId: Id<'order'>): Promise<void> {
    await this.endPayment.run(tx, orderId);
  }

  /** An order whose payment is not under way any more is left as it is, and so is its hold. */
  override async extendWhilePaymentPending(tx: Tx, orderId: Id<'order'>): Promise<void> {
    if (!(await lockPendingPayment(tx, orderId))) return;
    const reservationExpiresAt = await this.stock.keep(tx, orderId);
    if (reservationExpiresAt !== undefined) await this.repository.prolong(tx, orderId, reservationExpiresAt);
  }
}
