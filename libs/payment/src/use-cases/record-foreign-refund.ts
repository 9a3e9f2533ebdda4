import { Injectable } from '@nestjs/common';
import { OrderPayments } from '#contracts';
import type { Tx } from '#database';
import { newId, type Money } from '#kernel';
import { PaymentInProgress } from '../domain/payment.errors.js';
import type { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { lockRefundable } from '../persistence/refundable.js';
import { Refund } from '../persistence/refund.entity.js';
import { isTakenUp } from './is-taken-up.js';
import { RecordRefund } from './record-refund.js';

/** Money that was given back past this program, in the provider's own dashboard, gets the row that it lacks. */
@Injectable()
export class RecordForeignRefund {
  constructor(
    private readonly recordRefund: RecordRefund,
    private readonly orders: OrderPayments,
  ) {}

  /**
   * `known`: it has its row. `too_much`: more than this program believes to be left, because refunds of its own are under way.
   *
   * @throws {PaymentInProgress} when the money has not reached its order yet; a consumer is tried again
   * @param attempt captured @param reference the provider's id of the refund
   */
  async run(
    tx: Tx,
    { id: paymentId, orderId }: PaymentAttempt,
    { reference, amount }: { readonly reference: string; readonly amount: Money },
  ): Promise<'written' | 'known' | 'too_much'> {
    const refundable = await lockRefundable(tx, orderId);
    if (!(await isTakenUp(tx, this.orders, { orderId, paymentId }))) throw new PaymentInProgress();
    if (await tx.manager.existsBy(Refund, { paymentId, providerReference: reference })) return 'known';
    const left = refundable.find((each) => each.paymentId === paymentId)?.left;
    if (left?.currency !== amount.currency || left.amount < amount.amount) return 'too_much';
    const id = newId('rfd');
    const why = {
      cause: 'made_elsewhere',
      reason: 'made in the dashboard of the provider',
      requestedBy: 'provider',
    } as const;
    await tx.manager.insert(Refund, { id, paymentId, orderId, status: 'requested', ...amount, ...why });
    await this.recordRefund.run(tx, id, { status: 'succeeded', reference });
    return 'written';
  }
}
