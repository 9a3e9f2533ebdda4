import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { orderLock, OrderPayments, type BuyerCredentials } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { PaymentNotAuthorized, PaymentNotFound } from '../domain/payment.errors.js';
import { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import type { PaymentAction } from '../persistence/request-action.js';
import { ScheduleAction } from './schedule-action.js';

export interface AuthorizedDecision {
  readonly orderId: Id<'order'>;
  readonly paymentId: Id<'pay'>;
  readonly action: PaymentAction;
  readonly staff: BuyerCredentials & { readonly actor: string };
}

/** Staff have promised money captured, or give it up. The provider is asked a moment later. */
@Injectable()
export class DecideAuthorized extends SingleCommand<AuthorizedDecision, PaymentAttempt> {
  constructor(
    private readonly orders: OrderPayments,
    private readonly scheduleAction: ScheduleAction,
  ) {
    super();
  }

  override lock({ orderId }: AuthorizedDecision) {
    return orderLock.lock(orderId);
  }

  /** @throws `order_not_found` @throws {PaymentNotFound} @throws {PaymentNotAuthorized} */
  override async runOne(tx: Tx, { orderId, paymentId, action, staff }: AuthorizedDecision): Promise<PaymentAttempt> {
    await this.orders.assertAccess(tx, orderId, { ...staff, anyBuyer: true });
    const attempt = await tx.manager.findOneBy(PaymentAttempt, { id: paymentId, orderId });
    if (attempt === null) throw new PaymentNotFound();
    if (!(await this.scheduleAction.run(tx, paymentId, action))) throw new PaymentNotAuthorized(attempt.status);
    const subject = { type: 'order', id: orderId };
    const change = { before: { paymentId, status: attempt.status }, after: { paymentId, requestedAction: action } };
    await recordAudit(tx, staff.actor, [{ action: `payment.${action}`, subject, ...change }]);
    return attempt;
  }
}
