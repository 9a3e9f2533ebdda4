import { Injectable } from '@nestjs/common';
import { StockReservations } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { Schedule } from '#messaging';
import { TRANSITIONS } from '../domain/transitions.js';
import { lockPendingPayment } from '../persistence/find-order.js';
import { holdExpiryAt } from '../persistence/hold-expiry.js';
import { OrderRepository } from '../persistence/order.repository.js';

/** A payment ended without money for the order: its hold ends when it was to end before, and it can be paid again until then. */
@Injectable()
export class EndPayment {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
    private readonly schedule: Schedule,
  ) {}

  /** Once more, or for an order that is past its payment, it changes nothing. */
  async run(tx: Tx, orderId: Id<'order'>): Promise<void> {
    if (!(await lockPendingPayment(tx, orderId))) return;
    const reservationExpiresAt = await this.stock.endExtension(tx, orderId);
    await this.repository.transition(tx, TRANSITIONS.paymentFailed, [
      { orderId, actor: 'payment', data: {}, reservationExpiresAt },
    ]);
    if (reservationExpiresAt === undefined) return;
    // The look at its end has perhaps been put off together with the end, or is over.
    await this.schedule.put(tx, [holdExpiryAt(orderId, { at: reservationExpiresAt })]);
  }
}
