import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#config';
import type { Id } from '#kernel';
import { Metrics } from '#observability';
import { PaymentProvider, type Charge, type ChargeResult } from './payment-provider.js';
import type { Outcome } from '../use-cases/record-outcomes.js';

/** Calls to the provider that always come back in time: whatever is not a definite answer is the outcome `unknown`. */
@Injectable()
export class ProviderCalls {
  private readonly logger = new Logger(ProviderCalls.name);
  private readonly seconds;

  constructor(
    private readonly provider: PaymentProvider,
    private readonly config: Config,
    metrics: Metrics,
  ) {
    this.seconds = metrics.histogram({
      name: 'payment_provider_call_duration_seconds',
      help: 'Calls to the payment provider by what came of them.',
      labelNames: ['provider', 'call', 'outcome'],
    });
  }

  charge(charge: Charge): Promise<Outcome> {
    return this.timed('charge', charge.idempotencyKey, (signal) => this.provider.charge(charge, signal));
  }

  conclude(paymentId: Id<'pay'>): Promise<Outcome> {
    return this.timed('conclude', paymentId, (signal) => this.provider.conclude(paymentId, signal));
  }

  private async timed(
    call: 'charge' | 'conclude',
    paymentId: Id<'pay'>,
    ask: (signal: AbortSignal) => Promise<ChargeResult>,
  ): Promise<Outcome> {
    const stop = this.seconds.startTimer({ provider: this.provider.name, call });
    const outcome: Outcome = { paymentId, ...(await this.answerOf(call, paymentId, ask)) };
    stop({ outcome: outcome.outcome });
    return outcome;
  }

  private async answerOf(
    call: string,
    paymentId: Id<'pay'>,
    ask: (signal: AbortSignal) => Promise<ChargeResult>,
  ): Promise<ChargeResult | { outcome: 'unknown' }> {
    const limitMs = this.config.PAYMENT_TIMEOUT_MS;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error(`no answer within ${limitMs} ms`)), limitMs);
    try {
      return await Promise.race([ask(limit.signal), aborted(limit.signal)]);
    } catch (error) {
      this.logger.warn({ msg: 'no answer from the payment provider', call, paymentId, reason: String(error) });
      return { outcome: 'unknown' };
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
