import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { Forwarder } from '../support/forwarder.js';
import { aProduct } from '../support/products.js';
import { Shop } from '../support/start-shop.js';

let shop: Shop;
let forwarder: Forwarder;

beforeAll(async () => {
  forwarder = await Forwarder.start();
  const env = { PAYMENT_SANDBOX_DELAY_MS: '500', PAYMENT_TIMEOUT_MS: '500', PAYMENT_SANDBOX_API_URL: forwarder.url };
  shop = await Shop.start({ env });
  forwarder.target = shop.apis[0]!.url;
});

afterAll(async () => {
  await shop?.stop();
  await forwarder?.stop();
});

async function aBuyerWithOrder(): Promise<{ buyer: Buyer; orderId: string }> {
  const sku = await aProduct(shop, { onHand: 3 });
  const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
  return { buyer, orderId: (await buyer.order()).id };
}

const becomes = (buyer: Buyer, orderId: string, state: Record<string, string>) =>
  eventually(async () => expect((await buyer.read(orderId)).body).toMatchObject(state), { withinMs: 45_000 });

/** A status check may have been faster than the webhook, which is ignored then. */
const webhookArrives = (orderId: string, type: string) =>
  eventually(async () => {
    const { rows } = await shop.db.query(
      `SELECT event.status FROM payment.webhook_events AS event
       JOIN payment.attempts AS attempt ON attempt.id = event.fact->>'paymentId'
       WHERE attempt.order_id = $1 AND event.type = $2`,
      [orderId, type],
    );
    expect(rows.map(({ status }) => status)).toEqual([expect.stringMatching(/^(?:applied|ignored)$/)]);
  });

const decide = async (url: string, decision: 'approve' | 'decline') => {
  const response = await fetch(`${url}/decision`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ decision }),
  });
  return (await response.json()) as Record<string, unknown>;
};

describe('a payment that needs a step of the buyer', () => {
  it('names the page for it, and is captured by webhook when the buyer approves', async () => {
    const { buyer, orderId } = await aBuyerWithOrder();
    const returnUrl = 'https://shop.example/thanks';
    const method = { type: 'card', token: 'tok_requires_action' };
    const paid = await buyer.api.post(`/v1/orders/${orderId}/payments`, { method, returnUrl });
    expect(paid).toMatchObject({ status: 201, body: { status: 'requires_action', nextAction: { type: 'redirect' } } });
    const { url } = paid.body.nextAction;
    const page = await fetch(url);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('<button value="approve">');
    expect(await buyer.pay(orderId)).toMatchObject({ status: 409, body: { code: 'payment_in_progress' } });
    expect(await decide(url, 'approve')).toEqual({ status: 'captured', returnUrl });
    await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'paid' });
    await webhookArrives(orderId, 'payment.captured');
    const { body } = await buyer.api.get(paid.headers.get('location')!);
    expect(body).toMatchObject({ status: 'captured' });
    expect(body).not.toHaveProperty('nextAction');
  });

  it('leaves the order payable when the buyer declines', async () => {
    const { buyer, orderId } = await aBuyerWithOrder();
    const paid = await buyer.pay(orderId, 'tok_requires_action');
    await decide(paid.body.nextAction.url, 'decline');
    await becomes(buyer, orderId, { status: 'pending_payment', paymentStatus: 'none' });
    expect(await buyer.pay(orderId)).toMatchObject({ status: 201, body: { status: 'captured' } });
    await becomes(buyer, orderId, { status: 'confirmed' });
  });
});

it('all payments of an order can be seen by its buyer', async () => {
  const { buyer, orderId } = await aBuyerWithOrder();
  await buyer.pay(orderId, 'tok_declined');
  await buyer.pay(orderId);
  const { body } = await buyer.api.get(`/v1/orders/${orderId}/payments`);
  expect(body.data).toMatchObject([{ status: 'declined', declineCode: 'card_declined' }, { status: 'captured' }]);
});

describe('a payment whose outcome comes later', () => {
  it.each(['tok_processing', 'tok_timeout'])('%s: confirms its order by webhook', async (token) => {
    const { buyer, orderId } = await aBuyerWithOrder();
    const paid = await buyer.pay(orderId, token);
    expect(paid).toMatchObject({ status: 201, body: { status: token === 'tok_timeout' ? 'unknown' : 'processing' } });
    await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'paid' });
    await webhookArrives(orderId, 'payment.captured');
  });
});

const refund = (orderId: string, body: object) => shop.staff.post(`/v1/admin/orders/${orderId}/refunds`, body);
const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('money that staff give back', () => {
  it.each(['tok_success', 'tok_refund_pending'])('%s: in part, then the rest, shows on the order', async (token) => {
    const { buyer, orderId } = await aBuyerWithOrder();
    await buyer.pay(orderId, token);
    await becomes(buyer, orderId, { status: 'confirmed' });
    const part = await refund(orderId, { amount: eur(100), reason: 'a scratch' });
    expect(part).toMatchObject({ status: 202, body: { status: 'requested', amount: eur(100) } });
    await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'partially_refunded' });
    const more = await refund(orderId, { amount: eur(1_000_000), reason: 'everything' });
    expect(more).toMatchObject({ status: 409, body: { code: 'refund_exceeds_captured' } });
    const both = await Promise.all([1, 2].map(() => refund(orderId, { reason: 'broken' })));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409]);
    expect(both.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'nothing_to_refund' });
    await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'refunded' });
  });
});

it('money is given back by staff only once its order has taken it up, so that no order is confirmed without its money', async () => {
  const { buyer, orderId } = await aBuyerWithOrder();
  await shop.workers[0]!.kill('SIGKILL');
  expect(await buyer.pay(orderId)).toMatchObject({ status: 201, body: { status: 'captured' } });
  const early = await refund(orderId, { reason: 'too early' });
  expect(early).toMatchObject({ status: 409, body: { code: 'payment_in_progress' } });
  await shop.workers[0]!.start();
  await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'paid' });
  expect(await refund(orderId, { reason: 'a scratch' })).toMatchObject({ status: 202 });
  await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'refunded' });
});

/** As the Standard Webhooks specification has it, with the secret of development. */
function sendWebhook(body: string): Promise<Response> {
  const [id, seconds] = [`msg_${randomUUID()}`, String(Math.floor(Date.now() / 1_000))];
  const mac = createHmac('sha256', 'holdfast-sandbox-for-development').update(`${id}.${seconds}.${body}`);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${mac.digest('base64')}`,
  };
  return fetch(`${shop.apis[0]!.url}/v1/webhooks/payments/sandbox`, { method: 'POST', headers, body });
}

it('gives back by itself the money of a second payment, which came after the first one had confirmed the order', async () => {
  const { buyer, orderId } = await aBuyerWithOrder();
  const { paymentId } = (await buyer.pay(orderId, 'tok_declined')).body;
  await buyer.pay(orderId);
  await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'paid' });
  // As if the provider had taken the money that it had declined.
  const { rows } = await shop.db.query(
    `UPDATE payment.sandbox_charges SET status = 'captured', decline_code = NULL WHERE idempotency_key = $1
     RETURNING reference, amount::int, currency`,
    [paymentId],
  );
  const { reference, ...amount } = rows[0];
  const data = { paymentId, payment: { status: 'captured', reference, amount } };
  expect(await sendWebhook(JSON.stringify({ type: 'payment.captured', data }))).toMatchObject({ status: 200 });
  await eventually(async () => {
    const refunds = await shop.db.query('SELECT status, cause FROM payment.refunds WHERE payment_id = $1', [paymentId]);
    expect(refunds.rows).toEqual([{ status: 'succeeded', cause: 'second_payment' }]);
  });
  expect((await buyer.read(orderId)).body).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
});

it('leaves every invariant as it was', async () => {
  expect(await violations(shop)).toEqual([]);
});
