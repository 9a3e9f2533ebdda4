import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type Id } from '#kernel';
import { attemptById } from '../persistence/find-attempt.js';
import { amount, captured, PaymentBench } from './payment-bench.suite.js';
import { ReceiveWebhook } from './receive-webhook.js';
import { RequestRefund } from './request-refund.js';
import { WebhookBench } from './webhook-bench.suite.js';

let webhooks: WebhookBench;
let bench: PaymentBench;

beforeAll(async () => {
  webhooks = await WebhookBench.open();
  bench = webhooks.payments;
});

afterAll(() => webhooks.close());

const webhook: WebhookBench['webhook'] = (...request) => webhooks.webhook(...request);
const receive: WebhookBench['receive'] = (request) => webhooks.receive(request);
const apply: WebhookBench['apply'] = (request) => webhooks.apply(request);
const stored: WebhookBench['stored'] = (request) => webhooks.stored(request);
const rows = <Row>(sql: string, params: unknown[]) => webhooks.rows<Row>(sql, params);

const capturedData = (paymentId: Id<'pay'>) => ({
  paymentId,
  payment: { status: 'captured', reference: `ref-${paymentId}`, amount },
});

const statusOf = async (paymentId: Id<'pay'>) =>
  (await bench.transactions.read((db) => attemptById(db, paymentId))).status;

describe('a webhook', () => {
  it('sent 100 times at once is stored once, and has one effect', async () => {
    const { paymentId } = await bench.anAttempt();
    const request = webhook(capturedData(paymentId));
    await Promise.all(Array.from({ length: 100 }, () => receive(request)));
    const published = await rows('SELECT 1 FROM messaging.outbox WHERE type = $1 AND subject = $2', [
      'payment.webhook_received.v1',
      `sandbox/${String(request.headers['webhook-id'])}`,
    ]);
    expect(published).toHaveLength(1);
    await Promise.all([apply(request), apply(request)]);
    expect(await stored(request)).toEqual([{ status: 'applied', reason: null }]);
    expect(await statusOf(paymentId)).toBe('captured');
    const captures = await rows('SELECT 1 FROM messaging.outbox WHERE type = $1 AND subject = $2', [
      'payment.captured.v1',
      paymentId,
    ]);
    expect(captures).toHaveLength(1);
  });

  it('that is not signed with a live secret leaves no trace', async () => {
    const { paymentId } = await bench.anAttempt();
    const forged = webhook(capturedData(paymentId), { secret: `whsec_${Buffer.alloc(32).toString('base64')}` });
    await expect(receive(forged)).rejects.toMatchObject({ code: 'invalid_signature' });
    expect(await stored(forged)).toEqual([]);
    await expect(bench.get(ReceiveWebhook).run('paypal', webhook(capturedData(paymentId)))).rejects.toMatchObject({
      code: 'invalid_signature',
    });
  });

  it('signed with the published secret of development is refused where real money is taken', async () => {
    const real = await PaymentBench.open({
      NODE_ENV: 'production',
      DEFAULT_CREDENTIALS_IN_PRODUCTION: 'yes',
      PAYMENT_PROVIDER: 'stripe',
      STRIPE_SECRET_KEY: 'sk_live_specification',
      STRIPE_WEBHOOK_SECRET: 'whsec_specification',
    });
    const secret = `whsec_${Buffer.from('holdfast-sandbox-for-development').toString('base64')}`;
    const forged = webhook({ anything: 1 }, { type: 'payout.paid', secret });
    await expect(real.get(ReceiveWebhook).run('sandbox', forged)).rejects.toMatchObject({ code: 'invalid_signature' });
    await real.close();
  });

  it('about a refund of another provider, or of none, waits for a person and changes nothing', async () => {
    const { paymentId, orderId } = await bench.anAttempt();
    await bench.move(captured(paymentId));
    const refund = await bench.transactions.run(async (tx) => {
      await tx.query(`UPDATE payment.attempts SET provider = 'stripe' WHERE id = $1`, [paymentId]);
      return bench.get(RequestRefund).run(tx, { orderId, cause: 'staff', reason: 'broken', actor: 'key:1' });
    });
    for (const refundId of [refund.id, newId('rfd')]) {
      const said = { status: 'succeeded', reference: 're_1' };
      const request = webhook(
        { refundId, paymentReference: 'ref', amount, refund: said },
        { type: 'refund.succeeded' },
      );
      await receive(request);
      await apply(request);
      expect(await stored(request)).toEqual([{ status: 'parked', reason: 'refund_not_found' }]);
    }
    expect(await rows('SELECT status FROM payment.refunds WHERE id = $1', [refund.id])).toEqual([
      { status: 'requested' },
    ]);
  });

  it('that is older than what is known changes nothing', async () => {
    const { paymentId } = await bench.anAttempt();
    const newer = webhook(capturedData(paymentId));
    const older = webhook(
      { paymentId, payment: { status: 'processing', reference: `ref-${paymentId}` } },
      { type: 'payment.processing' },
    );
    for (const request of [newer, older]) {
      await receive(request);
      await apply(request);
    }
    expect(await stored(older)).toEqual([{ status: 'ignored', reason: 'known_or_older' }]);
    expect(await statusOf(paymentId)).toBe('captured');
  });

  it('of a type that nobody needs is stored and ignored', async () => {
    const request = webhook({ anything: 1 }, { type: 'payout.paid' });
    await receive(request);
    expect(await stored(request)).toEqual([{ status: 'ignored', reason: 'type_not_needed' }]);
  });

  it('about a payment that there is not, or under another reference, waits for a person', async () => {
    const nobody = webhook(capturedData(newId('pay')));
    const { paymentId } = await bench.anAttempt();
    await bench.move({ paymentId, to: 'processing', providerReference: 'another' });
    const other = webhook(capturedData(paymentId));
    for (const request of [nobody, other]) {
      await receive(request);
      await apply(request);
    }
    expect(await stored(nobody)).toEqual([{ status: 'parked', reason: 'payment_not_found' }]);
    expect(await stored(other)).toEqual([{ status: 'parked', reason: 'payment_has_another_reference' }]);
    expect(await statusOf(paymentId)).toBe('processing');
  });
});
