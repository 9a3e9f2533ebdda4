import { Injectable } from '@nestjs/common';
import type { UnfitCause } from '#contracts';
import type { Tx } from '#database';
import type { Capture } from '../domain/capture.js';
import { judgeCapture } from '../domain/judge-capture.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { Order } from '../persistence/order.entity.js';
import { OrderRepository } from '../persistence/order.repository.js';
import { EndPayment } from './end-payment.js';

/**
 * Confirms orders whose money is promised, to be captured later. Promised money that does not fit, also of an order that has expired, is
 * given up: none was taken, so nobody has to decide about it.
 */
@Injectable()
export class ConfirmAuthorized {
  constructor(
    private readonly repository: OrderRepository,
    private readonly endPayment: EndPayment,
  ) {}

  /** Returns why money is to be given up, in the order of the authorizations; undefined where it has confirmed its order. */
  async run(tx: Tx, authorizations: readonly Capture[]): Promise<(UnfitCause | undefined)[]> {
    const causes: (UnfitCause | undefined)[] = [];
    for (const authorization of authorizations) causes.push(await this.confirm(tx, authorization));
    return causes;
  }

  private async confirm(tx: Tx, authorization: Capture): Promise<UnfitCause | undefined> {
    const { orderId, paymentId, amount, provider, cause } = authorization;
    const change = {
      orderId,
      actor: `provider:${provider}`,
      data: { paymentId, amount },
      total: amount,
      paymentId,
      cause,
    };
    const moved = await this.repository.transition(tx, TRANSITIONS.authorized, [change]);
    if (moved.length > 0) return undefined;
    const order = (await tx.manager.findOneBy(Order, { id: orderId })) ?? undefined;
    const known = order && { status: order.status, paymentId: order.paymentId, total: order.totals.total };
    const judgement = judgeCapture(authorization, known);
    if (judgement === 'ok') return order?.paymentId === paymentId ? undefined : 'order_ended';
    if (judgement === 'short') {
      await this.endPayment.run(tx, orderId);
      return 'short_payment';
    }
    if (judgement.giveBack === 'wrong_currency') await this.endPayment.run(tx, orderId);
    return judgement.giveBack;
  }
}
