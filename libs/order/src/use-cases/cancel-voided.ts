import { Injectable } from '@nestjs/common';
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
  constructor(
    private readonly repository: OrderRepository,
    private readonly stock: StockReservations,
  ) {}

  /** An order that another payment has confirmed, or that went on, is left as it is. */
  async run(tx: Tx, payments: readonly VoidedPayment[]): Promise<void> {
    for (const { orderId, paymentId, cause } of payments) {
      if (!(await tx.manager.existsBy(Order, { id: orderId, paymentId }))) continue;
      const change = { orderId, actor: 'payment', data: { reason: 'payment_voided' }, cause };
      const moved = await this.repository.transition(tx, TRANSITIONS.voided, [change]);
      if (moved.length > 0) await this.stock.release(tx, [orderId], 'cancelled');
    }
  }
}
