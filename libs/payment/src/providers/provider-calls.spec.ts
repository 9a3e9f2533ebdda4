/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { newId } from '#kernel';
import { Metrics } from '#observability';
import { aPayment } from '../use-cases/payment-bench.suite.js';
import { CallNotExecuted, PaymentProvider } from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import type { ProviderPayment } from './provider-answers.js';
import { ProviderCalls } from './provider-calls.js';
import { ProviderCircuits } from './provider-circuits.js';

/** A provider elsewhere, of which only this is known: what it does with the connection. */
class Elsewhere extends PaymentProvider {
  override readonly name = 'elsewhere';
  override readonly keysKeptMs = 0;

  constructor(private readonly respond: () => Promise<ProviderPayment>) {
    super();
  }

  override refusalOf(): undefined {
    return undefined;
  }

  override create = (): Promise<ProviderPayment> => this.respond();
  override capture = (): Promise<ProviderPayment> => this.respond();
  override void = (): Promise<ProviderPayment> => this.respond();
  override status = (): Promise<ProviderPayment> => this.respond();
  override refund = (): Promise<never> => Promise.reject(new Error('no refunds'));
  override refundStatus = (): Promise<undefined> => Promise.resolve(undefined);

  override list = (): Promise<never> => Promise.reject(new Error('no ledger'));

  override parseWebhook(): never {
    throw new Error('It sends no webhooks.');
  }
}

const config = loadConfig({ PAYMENT_TIMEOUT_MS: '200' });

function calling(respond: () => Promise<ProviderPayment>) {
  const metrics = new Metrics();
  const providers = new PaymentProviders([new Elsewhere(respond)], 'elsewhere');
  return { calls: new ProviderCalls(providers, new ProviderCircuits(metrics), config, metrics), metrics };
}

const payment = () => ({ ...aPayment(newId('pay'), 'tok_success'), provider: 'elsewhere' });

describe('a call to the provider', () => {
  it('passes a definite answer on', async () => {
    const { calls } = calling(() => Promise.resolve({ status: 'voided', reference: 'r' }));
    const sent = payment();
    expect(await calls.create(sent)).toEqual({ paymentId: sent.paymentId, status: 'voided', reference: 'r' });
  });

  it('comes to nothing definite when the provider breaks off', async () => {
    const { calls } = calling(() => Promise.reject(new Error('ECONNRESET')));
    expect(await calls.create(payment())).toMatchObject({ status: 'unknown' });
    expect(await calls.status(payment())).toMatchObject({ status: 'unknown' });
  });

  it('comes back in time from a provider that overlooks the signal', async () => {
    const { calls } = calling(() => new Promise(() => undefined));
    expect(await calls.create(payment())).toMatchObject({ status: 'unknown' });
  });

  it('that was not executed has failed where it is the first one, and says nothing where it is not', async () => {
    const { calls } = calling(() => Promise.reject(new CallNotExecuted('busy')));
    expect(await calls.create(payment())).toMatchObject({ status: 'failed', reason: 'provider_unavailable' });
    expect(await calls.repeat(payment())).toMatchObject({ status: 'unknown' });
  });

  it('is refused at once while the provider does not work, and the metrics say so', async () => {
    let heard = 0;
    const { calls, metrics } = calling(() => {
      heard += 1;
      return Promise.reject(new Error('ECONNRESET'));
    });
    for (let call = 1; call <= 40; call += 1) await calls.status(payment());
    const before = heard;
    expect(await calls.create(payment())).toMatchObject({ status: 'failed', reason: 'provider_unavailable' });
    expect(heard).toBe(before);
    expect(await metrics.render()).toContain('payment_provider_circuit_open{provider="elsewhere"} 1');
  });
});
