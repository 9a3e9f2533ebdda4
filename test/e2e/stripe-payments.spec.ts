import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { stockOf } from '../support/products.js';
import type { Buyer } from '../support/buyer.js';
import { ledgerDifferences } from '../support/stripe/ledger-differences.js';
import { stripeSignature, type StripeEvent } from '../support/stripe/stripe-server.js';
import { StripeShop, STRIPE_WEBHOOK_SECRET } from '../support/stripe/stripe-shop.js';

const INTENTS = /payment_intents$/;

let standIn: StripeShop;

beforeAll(async () => {
  standIn = await StripeShop.start({ env: { PAYMENT_TIMEOUT_MS: '1000' } });
});

beforeEach(() => standIn.openEndpoint());

afterAll(() => standIn?.stop());

const becomes = (buyer: Buyer, orderId: string, state: Record<string, string>) =>
  eventually(async () => expect((await buyer.read(orderId)).body).toMatchObject(state), { withinMs: 45_000 });

const payWithReturn = (buyer: Buyer, orderId: string) =>
  buyer.api.post(`/v1/orders/${orderId}/payments`, {
    method: { type: 'card', token: 'pm_card_threeDSecureRequired' },
    returnUrl: 'https://shop.example/thanks',
  });

/** The buyer does their step on the page that they were sent to. */
const decideAt = (url: string, decision: 'approve' | 'decline') =>
  standIn.stripe.ledger.decide(url.split('/').at(-1)!, decision);

/** What Stripe has sent, or would send, about the payment of an order. */
const eventOf = (orderId: string, type: string): StripeEvent => {
  const [intent] = standIn.intentsOf(orderId);
  return standIn.stripe.events.find((event) => event.type === type && event.payload.includes(intent!.id))!;
};

const rowsOf = async (sql: string, ...params: string[]) => (await standIn.shop.db.query(sql, params)).rows;

const storedOf = (event: StripeEvent) =>
  rowsOf('SELECT status FROM payment.webhook_events WHERE event_id = $1', event.id);

describe('a payment with Stripe', () => {
  it('confirms its order', async () => {
    const { buyer, orderId, sku } = await standIn.aBuyerWithOrder();
    expect(await buyer.pay(orderId, 'pm_card_visa')).toMatchObject({ status: 201, body: { status: 'captured' } });
    await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'paid' });
    expect(standIn.intentsOf(orderId)).toMatchObject([{ status: 'succeeded', amount_received: 1_999 }]);
    expect(await stockOf(standIn.shop, sku)).toMatchObject({ reserved: 1 });
  });

  it('that is declined says why, and leaves the order payable', async () => {
    const { buyer, orderId } = await standIn.aBuyerWithOrder();
    const declined = await buyer.pay(orderId, 'pm_card_declined');
    expect(declined).toMatchObject({ status: 402, body: { code: 'payment_declined', declineCode: 'generic_decline' } });
    await becomes(buyer, orderId, { status: 'pending_payment', paymentStatus: 'none' });
    expect(await buyer.pay(orderId, 'tok_visa')).toMatchObject({ status: 201, body: { status: 'captured' } });
    await becomes(buyer, orderId, { status: 'confirmed' });
  });

  it.each([
    ['approve', { status: 'confirmed', paymentStatus: 'paid' }],
    ['decline', { status: 'pending_payment', paymentStatus: 'none' }],
  ] as const)('with 3-D Secure sends the buyer to a page; %s ends it', async (decision, state) => {
    const { buyer, orderId } = await standIn.aBuyerWithOrder();
    const paid = await payWithReturn(buyer, orderId);
    expect(paid).toMatchObject({ status: 201, body: { status: 'requires_action', nextAction: { type: 'redirect' } } });
    expect(await buyer.pay(orderId)).toMatchObject({ status: 409, body: { code: 'payment_in_progress' } });
    decideAt(paid.body.nextAction.url, decision);
    await becomes(buyer, orderId, state);
  });

  it('with 3-D Secure and without a page to return to gives the secret for Stripe’s script', async () => {
    const { buyer, orderId } = await standIn.aBuyerWithOrder();
    const paid = await buyer.pay(orderId, 'pm_card_threeDSecureRequired');
    const [intent] = standIn.intentsOf(orderId);
    expect(paid.body).toMatchObject({
      status: 'requires_action',
      nextAction: { type: 'client', clientSecret: intent!.client_secret },
    });
    standIn.stripe.ledger.decide(intent!.id, 'approve');
    await becomes(buyer, orderId, { status: 'confirmed' });
  });

  it('that is processed for a while confirms its order by webhook', async () => {
    const { buyer, orderId } = await standIn.aBuyerWithOrder();
    expect(await buyer.pay(orderId, 'pm_processing')).toMatchObject({ status: 201, body: { status: 'processing' } });
    standIn.stripe.ledger.settle(standIn.intentsOf(orderId)[0]!.id);
    await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'paid' });
    expect(await storedOf(eventOf(orderId, 'payment_intent.succeeded'))).toEqual([{ status: 'applied' }]);
  });

  it.each(['webhook', 'status check'])('whose answer is lost is found by %s, and taken once', async (by) => {
    if (by === 'status check') standIn.closeEndpoint();
    const { buyer, orderId } = await standIn.aBuyerWithOrder();
    standIn.stripe.failNext('timeout_after', INTENTS);
    const paid = await buyer.pay(orderId, 'pm_card_visa');
    expect(paid.status).toBe(201);
    // The webhook may be faster than the end of the wait for the answer.
    expect(by === 'webhook' ? ['captured', 'unknown'] : ['unknown']).toContain(paid.body.status);
    await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'paid' });
    expect(standIn.intentsOf(orderId)).toMatchObject([{ status: 'succeeded' }]);
  });

  it('that Stripe never received is sent again with the same key', async () => {
    const { buyer, orderId } = await standIn.aBuyerWithOrder();
    standIn.stripe.failNext('timeout_before', INTENTS);
    expect(await buyer.pay(orderId, 'pm_card_visa')).toMatchObject({ status: 201, body: { status: 'unknown' } });
    expect(standIn.intentsOf(orderId)).toEqual([]);
    await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'paid' });
    expect(standIn.intentsOf(orderId)).toMatchObject([{ status: 'succeeded' }]);
  });
});

const refund = (orderId: string, body: object) => standIn.shop.staff.post(`/v1/admin/orders/${orderId}/refunds`, body);

describe('money that staff give back with Stripe', () => {
  it.each(['answered', 'timeout_after', 'busy'] as const)(
    'in part, then the rest, is given back once; the first call is %s',
    async (fault) => {
      const { buyer, orderId } = await standIn.aBuyerWithOrder();
      await buyer.pay(orderId, 'pm_card_visa');
      await becomes(buyer, orderId, { status: 'confirmed' });
      if (fault !== 'answered') standIn.stripe.failNext(fault, /refunds$/);
      const part = await refund(orderId, { amount: { amount: 500, currency: 'EUR' }, reason: 'a scratch' });
      expect(part).toMatchObject({ status: 202, body: { status: 'requested' } });
      await becomes(buyer, orderId, { paymentStatus: 'partially_refunded' });
      expect(await refund(orderId, { reason: 'broken' })).toMatchObject({ status: 202 });
      await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'refunded' });
      const [intent] = standIn.intentsOf(orderId);
      expect(standIn.stripe.ledger.refundedOf(intent!.id)).toBe(1_999);
    },
  );
});

/** An order that waits for its webhook, which is kept from the shop. */
async function waiting() {
  standIn.closeEndpoint();
  const { buyer, orderId } = await standIn.aBuyerWithOrder();
  await buyer.pay(orderId, 'pm_processing');
  standIn.stripe.ledger.settle(standIn.intentsOf(orderId)[0]!.id);
  const event = eventOf(orderId, 'payment_intent.succeeded');
  return { buyer, orderId, event };
}

const post = (payload: string, headers: Record<string, string>) =>
  fetch(`${standIn.shop.apis[0]!.url}/v1/webhooks/payments/stripe`, { method: 'POST', headers, body: payload });

const securityLines = () =>
  standIn.shop.apis[0]!.output.split('\n').filter((line) => line.includes('"security: ')).length;

describe('a webhook of Stripe', () => {
  it.each([
    ['forged', ({ payload }: StripeEvent) => post(payload, stripeSignature(payload, 'whsec_of_somebody_else'))],
    [
      'old',
      ({ payload }: StripeEvent) =>
        post(payload, stripeSignature(payload, STRIPE_WEBHOOK_SECRET, new Date(Date.now() - 310_000))),
    ],
    [
      'changed on its way',
      ({ payload }: StripeEvent) =>
        post(payload.replaceAll('1999', '1998'), stripeSignature(payload, STRIPE_WEBHOOK_SECRET)),
    ],
    ['unsigned', ({ payload }: StripeEvent) => post(payload, { 'content-type': 'application/json' })],
  ])('that is %s: 400, one line in the log, nothing stored', async (_, send) => {
    const { event } = await waiting();
    const before = securityLines();
    const refused = await send(event);
    expect([refused.status, await refused.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'invalid_signature' }),
    ]);
    await eventually(() => expect(securityLines()).toBe(before + 1));
    expect(await storedOf(event)).toEqual([]);
  });

  it('delivered 100 times at once has one effect', async () => {
    const { buyer, orderId, event } = await waiting();
    const headers = stripeSignature(event.payload, STRIPE_WEBHOOK_SECRET);
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(event.payload, headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await becomes(buyer, orderId, { status: 'confirmed' });
    expect(await storedOf(event)).toHaveLength(1);
    const published = await rowsOf(
      `SELECT type FROM messaging.outbox WHERE data->>'orderId' = $1 AND type IN ('payment.captured.v1', 'order.confirmed.v1')
       ORDER BY type`,
      orderId,
    );
    expect(published.map(({ type }) => type)).toEqual(['order.confirmed.v1', 'payment.captured.v1']);
  });
});

it('leaves two ledgers that are equal, and every invariant as it was', async () => {
  standIn.openEndpoint();
  await eventually(async () => expect(await ledgerDifferences(standIn.shop.db, standIn.stripe.ledger)).toEqual([]));
  expect(await violations(standIn.shop)).toEqual([]);
});
