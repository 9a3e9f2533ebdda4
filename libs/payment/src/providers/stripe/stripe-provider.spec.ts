/** @servers none */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Money, newId, type Currency } from '#kernel';
import { stripeSignature, StripeServer, type Fault } from '../../../../../test/support/stripe/stripe-server.js';
import { CallNotExecuted, type NewPayment } from '../payment-provider.js';
import { describePaymentProvider, type ProviderOnTrial } from '../provider.suite.js';
import { StripeProvider } from './stripe-provider.js';

const SECRETS = { first: 'whsec_first_secret', second: 'whsec_second_secret', other: 'whsec_other_secret' };

const adapterOf = (server: StripeServer) =>
  new StripeProvider({
    secretKey: 'sk_test_standin',
    webhookSecrets: [SECRETS.first, SECRETS.second],
    apiBase: server.url,
    timeoutMs: 400,
  });

async function open(): Promise<ProviderOnTrial> {
  const server = await StripeServer.start();
  const intentOf = (paymentId: string) =>
    [...server.ledger.intents.values()].filter(({ metadata }) => metadata['payment_id'] === paymentId);
  return {
    provider: adapterOf(server),
    tokens: {
      success: 'pm_card_visa',
      declined: 'tok_chargeDeclined',
      requiresAction: 'tok_threeDSecureRequired',
      processing: 'pm_card_processing',
    },
    decide: (reference, decision) => Promise.resolve(void server.ledger.decide(reference, decision)),
    settle: (reference) => Promise.resolve(server.ledger.settle(reference)),
    loseNextAnswer: () => {
      server.failNext('timeout_after', /payment_intents$/);
      return 'tok_visa';
    },
    ledgerOf: (paymentId) => {
      const intents = intentOf(paymentId);
      const captured = intents.reduce((sum, each) => sum + each.amount_received, 0);
      return Promise.resolve({
        captured,
        refunded: intents.reduce((sum, each) => sum + server.ledger.refundedOf(each.id), 0),
      });
    },
    webhooksOf: (reference, signed) => {
      const events = server.events.filter(({ payload }) => payload.includes(reference));
      return Promise.resolve(
        events.map(({ payload }) => ({
          rawBody: Buffer.from(payload),
          headers: stripeSignature(payload, SECRETS[signed.with], signed.at),
        })),
      );
    },
    close: () => server.close(),
  };
}

describePaymentProvider('stripe', open);

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
const aPayment = (members: Partial<NewPayment> = {}): NewPayment => ({
  paymentId: newId('pay'),
  orderId: newId('order'),
  amount: Money.of(1_999, 'EUR' as Currency),
  token: 'pm_card_visa',
  capture: 'automatic',
  since: new Date(),
  ...members,
});

describe('stripe, when something goes wrong', () => {
  let server: StripeServer;
  let stripe: StripeProvider;

  beforeAll(async () => {
    server = await StripeServer.start();
    stripe = adapterOf(server);
  });

  afterAll(() => server.close());

  it.each<Fault>(['timeout_before', 'timeout_after'])(
    '%s: the payment is repeated with the same key, and taken once',
    async (fault) => {
      const payment = aPayment();
      server.failNext(fault, /payment_intents$/);
      await expect(stripe.create(payment)).rejects.toThrow(/connection|our side|timeout being reached/);
      expect(await stripe.create(payment)).toMatchObject({ status: 'captured' });
      const intents = [...server.ledger.intents.values()].filter(
        (each) => each.metadata['payment_id'] === payment.paymentId,
      );
      expect(intents).toHaveLength(1);
    },
  );

  it('reset: the same', async () => {
    const payment = aPayment();
    server.faultOf = (_, path) => (path.endsWith('payment_intents') ? 'reset' : undefined);
    await expect(stripe.create(payment)).rejects.toThrow(/connection|our side|timeout being reached/);
    server.faultOf = () => undefined;
    expect(await stripe.create(payment)).toMatchObject({ status: 'captured' });
  });

  it('slow: it is waited for', async () => {
    server.failNext('slow', /payment_intents$/);
    expect(await stripe.create(aPayment())).toMatchObject({ status: 'captured' });
  });

  it('too many requests, a key that does not open the account, or nobody there: nothing was executed', async () => {
    server.failNext('busy', /payment_intents$/);
    await expect(stripe.create(aPayment())).rejects.toThrow(CallNotExecuted);
    const gone = new StripeProvider({
      secretKey: 'sk_test_x',
      webhookSecrets: [],
      apiBase: 'http://127.0.0.1:1',
      timeoutMs: 400,
    });
    await expect(gone.create(aPayment())).rejects.toThrow(CallNotExecuted);
  });

  it('a failure of its own that came after the money was taken: found by the search', async () => {
    const payment = aPayment();
    server.failNext('error_after', /payment_intents$/);
    await expect(stripe.create(payment)).rejects.toThrow(/connection|our side|timeout being reached/);
    expect(await stripe.create(payment)).toMatchObject({ status: 'captured' });
  });

  it('a failure of its own that took nothing: failed, once the search must have found it', async () => {
    const payment = aPayment();
    server.failNext('error_before', /payment_intents$/);
    await expect(stripe.create(payment)).rejects.toThrow(/connection|our side|timeout being reached/);
    await expect(stripe.create(payment)).rejects.toThrow(/connection|our side|timeout being reached/);
    const later = await stripe.create({ ...payment, since: minutesAgo(6) });
    expect(later).toEqual({ status: 'failed', reason: 'provider_error' });
  });

  it.each(['error_before', 'error_after'] as const)(
    'a failure of its own in a refund (%s): the repetition gives it back once, however often the key brings the failure again',
    async (fault) => {
      const payment = aPayment();
      const { reference } = await stripe.create(payment);
      const refund = { refundId: newId('rfd'), payment: { ...payment, reference: reference! }, amount: payment.amount };
      const part = { ...refund, amount: Money.of(500, payment.amount.currency) };
      server.failNext(fault, /refunds$/);
      await expect(stripe.refund(part)).rejects.toThrow(/our side/);
      const again = await stripe.refund(part);
      expect(again).toMatchObject({ status: 'succeeded' });
      expect(await stripe.refund(part)).toEqual(again);
      expect(server.ledger.refundedOf(reference!)).toBe(500);
    },
  );

  it.each([
    ['void', 'voided', /cancel$/],
    ['capture', 'captured', /capture$/],
  ] as const)('a failure of its own in a %s: the repetition does it', async (call, status, path) => {
    const payment = aPayment({ capture: 'manual' });
    const { reference } = await stripe.create(payment);
    const known = { ...payment, reference: reference! };
    server.failNext('error_before', path);
    await expect(stripe[call](known)).rejects.toThrow(/our side/);
    expect(await stripe[call](known)).toMatchObject({ status });
  });

  it('a token that Stripe does not have, or an amount that it cannot take: failed', async () => {
    expect(await stripe.create(aPayment({ token: 'tok_unknown' }))).toEqual({
      status: 'failed',
      reason: 'resource_missing',
    });
    const dinars = Money.of(1_234, 'KWD' as Currency);
    expect(await stripe.create(aPayment({ amount: dinars }))).toEqual({
      status: 'failed',
      reason: 'amount_not_supported',
    });
  });

  it('asks for a step of the buyer by Stripe’s script where no return URL was given', async () => {
    const answer = await stripe.create(aPayment({ token: 'pm_card_threeDSecureRequired' }));
    expect(answer).toMatchObject({ nextAction: { type: 'client', clientSecret: expect.stringContaining('_secret_') } });
  });

  it('ignores events of types that nobody needs', () => {
    const payload = JSON.stringify({ id: 'evt_1', object: 'event', type: 'customer.created', data: { object: {} } });
    const webhook = { rawBody: Buffer.from(payload), headers: stripeSignature(payload, SECRETS.first) };
    expect(stripe.parseWebhook(webhook, new Date())).toEqual({
      id: 'evt_1',
      type: 'customer.created',
      fact: undefined,
    });
  });

  it('pins the version of the API', async () => {
    expect(await stripe.status({ paymentId: newId('pay') })).toBeUndefined();
    expect(server.versions).toEqual(new Set(['2026-10-28.endive']));
  });
});
