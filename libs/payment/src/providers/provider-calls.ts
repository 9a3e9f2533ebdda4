import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#config';
import type { Id } from '#kernel';
import { Metrics } from '#observability';
import {
  CallNotExecuted,
  PaymentProvider,
  type KnownPayment,
  type KnownRefund,
  type NewPayment,
  type NewRefund,
  type ReferencedPayment,
} from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import type { ProviderPayment, ProviderRefund } from './provider-answers.js';
import { ProviderCircuits } from './provider-circuits.js';

/** What is known of an attempt now. `unknown`: the provider was called and its answer did not come. */
export type Outcome = { readonly paymentId: Id<'pay'> } & (ProviderPayment | { readonly status: 'unknown' });

/** What is known of a refund now. */
export type RefundOutcome = ProviderRefund | { readonly status: 'unknown' };

/** An attempt and the provider that it was begun with. */
export type Of<Payment> = Payment & { readonly provider: string };

/** Calls to the provider that always come back in time: whatever is not a definite answer is the outcome `unknown`. */
@Injectable()
export class ProviderCalls {
  private readonly logger = new Logger(ProviderCalls.name);
  private readonly seconds;

  constructor(
    private readonly providers: PaymentProviders,
    private readonly circuits: ProviderCircuits,
    private readonly config: Config,
    metrics: Metrics,
  ) {
    this.seconds = metrics.histogram({
      name: 'payment_provider_call_duration_seconds',
      help: 'Calls to the payment provider by what came of them.',
      labelNames: ['provider', 'call', 'outcome'],
    });
  }

  /** The first call for an attempt: one that was certainly not executed has failed, and took nothing. */
  async create(payment: Of<NewPayment>): Promise<Outcome> {
    const notExecuted: ProviderPayment = { status: 'failed', reason: 'provider_unavailable' };
    const answer = await this.call('create', payment, (to, limit) => to.create(payment, limit), notExecuted);
    return this.known(payment.paymentId, answer);
  }

  /** The same call again with the same key: that this one was not executed says nothing of the first. */
  async repeat(payment: Of<NewPayment>): Promise<Outcome> {
    return this.known(payment.paymentId, await this.call('repeat', payment, (to, limit) => to.create(payment, limit)));
  }

  /** Undefined when the provider finds no such payment. */
  async status(payment: Of<KnownPayment>): Promise<Outcome | undefined> {
    const answer = await this.call('status', payment, (to, limit) => to.status(payment, limit));
    return answer && this.known(payment.paymentId, answer);
  }

  async capture(payment: Of<ReferencedPayment>): Promise<Outcome> {
    const answer = await this.call('capture', payment, (to, limit) => to.capture(payment, limit));
    return this.known(payment.paymentId, answer);
  }

  async void(payment: Of<ReferencedPayment>): Promise<Outcome> {
    return this.known(payment.paymentId, await this.call('void', payment, (to, limit) => to.void(payment, limit)));
  }

  /** One that was not executed leaves open what an earlier one with the same key has done. */
  refund(refund: Of<NewRefund>): Promise<RefundOutcome> {
    return this.call('refund', { ...refund, ...refund.payment }, (to, limit) => to.refund(refund, limit));
  }

  /** Undefined when the provider finds no such refund. */
  refundStatus(refund: Of<KnownRefund>): Promise<RefundOutcome | undefined> {
    const known = { ...refund.payment, provider: refund.provider };
    return this.call('refund_status', known, (to, limit) => to.refundStatus(refund, limit));
  }

  private known(paymentId: Id<'pay'>, answer: ProviderPayment | { readonly status: 'unknown' }): Outcome {
    return { paymentId, ...answer };
  }

  private async call<Answer extends { readonly status: string } | undefined>(
    name: string,
    { provider, paymentId }: Of<KnownPayment>,
    ask: (provider: PaymentProvider, limit: AbortSignal) => Promise<Answer>,
    notExecuted?: Answer,
  ): Promise<Answer | { readonly status: 'unknown' }> {
    const stop = this.seconds.startTimer({ provider, call: name });
    try {
      const answer = await this.circuits.run(provider, () =>
        this.inTime((limit) => ask(this.providers.get(provider), limit)),
      );
      stop({ outcome: answer?.status ?? 'none' });
      return answer;
    } catch (error) {
      const isNotExecuted = error instanceof CallNotExecuted;
      stop({ outcome: isNotExecuted ? 'not_executed' : 'unknown' });
      this.logger.warn({ msg: 'no answer from the payment provider', call: name, paymentId, reason: String(error) });
      return isNotExecuted && notExecuted !== undefined ? notExecuted : { status: 'unknown' };
    }
  }

  private async inTime<Answer>(ask: (limit: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const limitMs = this.config.PAYMENT_TIMEOUT_MS;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error(`no answer within ${limitMs} ms`)), limitMs);
    try {
      return await Promise.race([ask(limit.signal), aborted(limit.signal)]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A provider's client that overlooks its signal must not keep the caller waiting either. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
