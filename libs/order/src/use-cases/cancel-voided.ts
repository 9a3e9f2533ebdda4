import { Injectable, Logger } from '@nestjs/common';
import { StockReservations } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import type { Cause } from '#messaging';
import { TRANSITIONS } from '../domain/transitions.js';
import { Order } from '../persistence/order.entity.js';
import { OrderRepository } from '../persistence/order.repository.js';

export interface VoidedPayment {
  readonly orderId: Id<'order'>;
  readonly paymentId: Id<'pay'>;
  readonly cause?: Cause | undefined;
}

/** The promised money of confirmed orders was given up, by staff or because the promise ran out: they are cancelled, their stock is free. */
@Injectable()
export class CancelVoided {
  private readonly logger = new Logger(CancelVoided.name);

  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
  ) {}

  /** An order that another payment has confirmed is left as it is. */
  async run(tx: Tx, payments: readonly VoidedPayment[]): Promise<void> {
    for (const payment of payments) await this.end(tx, payment);
  }

  private async end(tx: Tx, { orderId, paymentId, cause }: VoidedPayment): Promise<void> {
    const order = await tx.manager.findOneBy(Order, { id: orderId, paymentId });
    if (order === null) return;
    const change = { orderId, actor: 'payment', data: { reason: 'payment_voided' }, cause };
    const moved = await this.repository.transition(tx, TRANSITIONS.voided, [change]);
    if (moved.length > 0) await this.stock.release(tx, [orderId], 'cancelled');
    else if (order.paymentStatus === 'authorized') await this.stop(tx, order, cause);
  }

  /** Its goods have left for money that is promised no more. What is still here stays here until staff decide. */
  private async stop(tx: Tx, { id: orderId, number }: Order, cause: Cause | undefined): Promise<void> {
    this.logger.error({ msg: 'goods have left for money that was given up', orderId, number });
    const data = { reason: 'payment_voided' } as const;
    const change = { orderId, actor: 'payment', data, holdReason: data.reason, cause };
    await this.repository.transition(tx, TRANSITIONS.held, [change]);
  }
}
