import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { ShortPaymentDue, StockReservations } from '#contracts';
import type { Tx } from '#database';
import { later, Schedule } from '#messaging';
import type { Capture } from '../domain/capture.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { OrderRepository } from '../persistence/order.repository.js';

/** How much longer than its decision the stock is held, so that the decision finds it. */
const GRACE_SECONDS = 3_600;

/** An order that was paid less than its total waits for staff, with its stock held. After a while its money is given back. */
@Injectable()
export class HoldShortOrder {
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
    private readonly schedule: Schedule,
    private readonly config: Config,
  ) {}

  /** The order waits for its payment, and its row is locked. */
  async run(tx: Tx, { orderId, paymentId, amount, provider, cause }: Capture): Promise<void> {
    const seconds = this.config.SHORT_PAYMENT_HOLD_SECONDS;
    const reservationExpiresAt = await this.stock.keep(tx, orderId, seconds + GRACE_SECONDS);
    const data = { paymentId, amount };
    await this.repository.transition(tx, TRANSITIONS.paidShort, [
      {
        orderId,
        actor: `provider:${provider}`,
        data,
        paymentId,
        reservationExpiresAt,
        holdReason: 'short_payment',
        cause,
      },
    ]);
    const due = { inMs: seconds * 1_000 };
    await this.schedule.put(tx, [later(ShortPaymentDue, { subject: orderId, due, data: { orderId } })]);
  }
}
