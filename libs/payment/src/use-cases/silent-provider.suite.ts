import { PaymentProvider } from '../providers/payment-provider.js';
import type { ProviderRefund } from '../providers/provider-answers.js';

/** A provider that answers no question. */
export class Silent extends PaymentProvider {
  override readonly name = 'sandbox';
  override readonly keysKeptMs = Number.MAX_SAFE_INTEGER;
  questions = 0;

  override refusalOf(): undefined {
    return undefined;
  }

  override create = (): Promise<never> => this.breakOff();
  override capture = (): Promise<never> => this.breakOff();
  override void = (): Promise<never> => this.breakOff();
  override status = (): Promise<never> => this.breakOff();
  override refund = (): Promise<never> => this.breakOff();
  override refundStatus = (): Promise<ProviderRefund | undefined> => this.breakOff();

  override list = (): Promise<never> => this.breakOff();

  override parseWebhook(): never {
    throw new Error('It sends no webhooks.');
  }

  private breakOff(): Promise<never> {
    this.questions += 1;
    return Promise.reject(new Error('ECONNRESET'));
  }
}
