import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { Money, newId } from '#kernel';
import { Metrics } from '#observability';
import { amount, charge, PaymentBench } from '../use-cases/payment-bench.suite.js';
import { ProviderCalls } from './provider-calls.js';
import { PaymentProvider, type ChargeResult } from './payment-provider.js';

let bench: PaymentBench;

beforeAll(async () => {
  bench = await PaymentBench.open();
});

afterAll(() => bench.close());

const never = new AbortController().signal;

describe('the sandbox', () => {
  it.each([
    ['tok_success', 'captured'],
    ['tok_declined', 'declined'],
    ['tok_error', 'failed'],
  ])('answers %s with %s, and the same to everybody who asks again', async (token, outcome) => {
    const paymentId = newId('pay');
    const charges = Array.from({ length: 5 }, () => bench.sandbox.charge(charge(paymentId, token), never));
    const [first, ...others] = await Promise.all(charges);
    expect(first).toMatchObject({ outcome });
    for (const other of others) expect(other).toEqual(first);
    expect(await bench.sandbox.conclude(paymentId)).toEqual(first);
  });

  it('takes the money of tok_timeout and says nothing', async () => {
    const paymentId = newId('pay');
    const gaveUp = new AbortController();
    const lost = bench.sandbox.charge(charge(paymentId, 'tok_timeout'), gaveUp.signal);
    gaveUp.abort(new Error('gave up'));
    await expect(lost).rejects.toThrow('gave up');
    expect(await bench.sandbox.conclude(paymentId)).toMatchObject({ outcome: 'captured' });
  });

  it('charges nothing under a key that was concluded before the charge arrived', async () => {
    const paymentId = newId('pay');
    expect(await bench.sandbox.conclude(paymentId)).toEqual({ outcome: 'failed', reason: 'never_charged' });
    const late = await bench.sandbox.charge(charge(paymentId, 'tok_success'), never);
    expect(late).toEqual({ outcome: 'failed', reason: 'never_charged' });
  });

  it('refuses one key for two amounts', async () => {
    const paymentId = newId('pay');
    await bench.sandbox.charge(charge(paymentId, 'tok_success'), never);
    const other = { ...charge(paymentId, 'tok_success'), amount: Money.of(1, amount.currency) };
    await expect(bench.sandbox.charge(other, never)).rejects.toThrow('another amount');
  });

  it('says why it does not take a token', () => {
    expect(bench.sandbox.refusalOf('tok_success')).toBeUndefined();
    expect(bench.sandbox.refusalOf('tok_requires_action')).toContain('not supported yet');
    expect(bench.sandbox.refusalOf('tok_visa')).toContain('tok_success');
    expect(bench.sandbox.refusalOf('constructor')).toContain('tok_success');
  });
});

/** A provider elsewhere, of which only this is known: what it does with the connection. */
class Elsewhere extends PaymentProvider {
  override readonly name = 'elsewhere';

  constructor(private readonly respond: () => Promise<ChargeResult>) {
    super();
  }

  override refusalOf(): undefined {
    return undefined;
  }

  override charge(): Promise<ChargeResult> {
    return this.respond();
  }

  override conclude(): Promise<ChargeResult> {
    return this.respond();
  }
}

describe('a call to the provider', () => {
  const config = loadConfig({ PAYMENT_TIMEOUT_MS: '200' });
  const calling = (respond: () => Promise<ChargeResult>) =>
    new ProviderCalls(new Elsewhere(respond), config, new Metrics());

  it('passes a definite answer on', async () => {
    const paymentId = newId('pay');
    const calls = calling(() => Promise.resolve({ outcome: 'captured', reference: 'r' }));
    const outcome = await calls.charge(charge(paymentId, 'tok_success'));
    expect(outcome).toEqual({ paymentId, outcome: 'captured', reference: 'r' });
  });

  it('comes to nothing definite when the provider breaks off', async () => {
    const paymentId = newId('pay');
    const calls = calling(() => Promise.reject(new Error('ECONNRESET')));
    expect(await calls.conclude(paymentId)).toEqual({ paymentId, outcome: 'unknown' });
  });

  it('comes back in time from a provider that overlooks the signal', async () => {
    const paymentId = newId('pay');
    const calls = calling(() => new Promise(() => undefined));
    expect(await calls.charge(charge(paymentId, 'tok_success'))).toEqual({ paymentId, outcome: 'unknown' });
  });
});
