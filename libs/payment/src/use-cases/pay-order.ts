import { Injectable } from '@nestjs/common';
import { ValidationFailed, type HttpResult } from '#http';
import { PaymentProvider } from '../provider/payment-provider.js';
import { ProviderCalls } from '../provider/provider-calls.js';
import { FinishPayment } from './finish-payment.js';
import { OpenPayment, type PaymentRequest } from './open-payment.js';

/**
 * One attempt to take what is due on an order: a transaction, the provider, a transaction. Between the two nothing is held: no
 * connection, no row, no lock.
 */
@Injectable()
export class PayOrder {
  constructor(
    private readonly openPayment: OpenPayment,
    private readonly calls: ProviderCalls,
    private readonly finishPayment: FinishPayment,
    private readonly provider: PaymentProvider,
  ) {}

  /** @throws `validation_failed` for a token that the provider does not take, and what `OpenPayment` and `FinishPayment` do. */
  async run(request: PaymentRequest): Promise<HttpResult> {
    const { orderId, token, key } = request;
    this.refuseUnusable(token);
    const opened = await this.openPayment.run(request);
    if ('answer' in opened) return opened.answer;
    const { paymentId, amount, live } = opened.payment;
    const charge = { idempotencyKey: paymentId, orderId, amount, token };
    return this.finishPayment.run(key, paymentId, live ? await this.calls.charge(charge) : undefined);
  }

  private refuseUnusable(token: string): void {
    const detail = this.provider.refusalOf(token);
    if (detail === undefined) return;
    throw new ValidationFailed([{ pointer: '/method/token', code: 'unusable_token', detail }]);
  }
}
