import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { isUnsettled } from '../domain/payment-status.js';
import type { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { PaymentProviders } from '../providers/payment-providers.js';
import { ProviderCalls, type Outcome } from '../providers/provider-calls.js';
import { newPaymentOf } from './new-payment.js';

/** Asks the provider what became of an attempt, and where it finds none, sends it again with the same key. */
@Injectable()
export class FindOutcome {
  constructor(
    private readonly calls: ProviderCalls,
    private readonly providers: PaymentProviders,
    private readonly config: Config,
  ) {}

  async run(attempt: PaymentAttempt): Promise<Outcome> {
    const { id: paymentId, provider, providerReference } = attempt;
    const found = await this.calls.status({ paymentId, provider, reference: providerReference ?? undefined });
    if (found === undefined) return this.repeat(attempt);
    if (found.status !== 'requires_action' || !this.isAbandoned(attempt)) return found;
    return this.calls.void({ paymentId, provider, reference: found.reference });
  }

  /** For as long as the provider recognises the key, repeating the call takes the money once, if it was not taken before. */
  private async repeat(attempt: PaymentAttempt): Promise<Outcome> {
    const payment = newPaymentOf(attempt);
    const ageMs = Date.now() - attempt.createdAt.getTime();
    const isKnownKey = ageMs < this.providers.get(attempt.provider).keysKeptMs;
    if (payment === undefined || !isUnsettled(attempt.status) || !isKnownKey) {
      return { paymentId: attempt.id, status: 'unknown' };
    }
    return this.calls.repeat(payment);
  }

  /** The buyer has not done their step while the stock was held for them. */
  private isAbandoned(attempt: PaymentAttempt): boolean {
    return Date.now() - attempt.createdAt.getTime() >= this.config.HOLD_TTL_SECONDS * 1_000;
  }
}
