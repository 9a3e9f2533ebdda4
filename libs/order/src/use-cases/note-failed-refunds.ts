import { Injectable } from '@nestjs/common';
import type { Tx } from '#database';
import type { Id, Money } from '#kernel';
import type { Cause } from '#messaging';
import { TRANSITIONS } from '../domain/transitions.js';
import { OrderRepository } from '../persistence/order.repository.js';

export interface FailedRefund {
  readonly orderId: Id<'order'>;
  readonly refundId: Id<'rfd'>;
  readonly amount: Money;
  readonly reason: string;
  readonly cause?: Cause | undefined;
}

/** The timeline of an order shows that money of it could not be given back. No state changes: a person has to see to it. */
@Injectable()
export class NoteFailedRefunds {
  constructor(private readonly repository: OrderRepository) {}

  async run(tx: Tx, refunds: readonly FailedRefund[]): Promise<void> {
    for (const { orderId, cause, refundId, amount, reason } of refunds) {
      const data = { refundId, amount, reason };
      await this.repository.transition(tx, TRANSITIONS.refundFailed, [{ orderId, actor: 'payment', data, cause }]);
    }
  }
}
