import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import { OrderPayments } from '#contracts';
import { amount, captured, OrdersElsewhere } from './payment-bench.suite.js';
import { RequestRefund } from './request-refund.js';
import { WebhookBench } from './webhook-bench.suite.js';

let bench: WebhookBench;

beforeAll(async () => {
  bench = await WebhookBench.open();
});

afterAll(() => bench.close());

const orders = () => bench.payments.get(OrderPayments) as OrdersElsewhere;

/** A payment that took 19.99 EUR and paid its order, and what the provider says of it in a webhook, with what became of the webhook. */
async function aCapturedPayment() {
  const { paymentId, orderId } = await bench.payments.anAttempt();
  await bench.payments.move(captured(paymentId));
  orders().paid.set(orderId, paymentId);
  const say = async (type: string, data: object) => {
    const request = bench.webhook({ paymentReference: `ref-${paymentId}`, ...data }, { type });
    await bench.receive(request);
    await bench.apply(request);
    return (await bench.stored(request))[0];
  };
  const published = async (type: string) =>
    (
      await bench.rows<{ data: object }>(
        `SELECT data FROM messaging.outbox WHERE type = $1 AND data->>'paymentId' = $2 ORDER BY subject, sequence`,
        [type, paymentId],
      )
    ).map(({ data }) => data);
  return { paymentId, orderId, say, published };
}

const disputeReference = () => `dp_${newId('key')}`;

describe('a dispute', () => {
  const APPLIED = { status: 'applied', reason: null };
  const KNOWN = { status: 'ignored', reason: 'known_or_older' };

  it('is written when it is opened and when it is decided, each once, and staff refund nothing meanwhile', async () => {
    const { orderId, say, published } = await aCapturedPayment();
    const about = { disputeReference: disputeReference() };
    const request = { orderId, cause: 'staff', reason: 'broken', actor: 'key:1' } as const;
    const refund = () => bench.payments.transactions.run((tx) => bench.payments.get(RequestRefund).run(tx, request));
    expect(await say('dispute.open', { ...about, status: 'open' })).toEqual(APPLIED);
    await expect(refund()).rejects.toMatchObject({ code: 'payment_disputed' });
    expect(await say('dispute.open', { ...about, status: 'open' })).toEqual(KNOWN);
    expect(await say('dispute.won', { ...about, status: 'won' })).toEqual(APPLIED);
    expect(await published('payment.disputed.v1')).toMatchObject([
      { status: 'open', remaining: amount },
      { status: 'won', remaining: amount },
    ]);
    expect(await refund()).toMatchObject({ amount: amount.amount });
  });

  it('that is lost before it was heard of has taken the money, and what opened it comes too late', async () => {
    const { say, published } = await aCapturedPayment();
    const about = { disputeReference: disputeReference() };
    expect(await say('dispute.lost', { ...about, status: 'lost' })).toEqual(APPLIED);
    expect(await say('dispute.open', { ...about, status: 'open' })).toEqual(KNOWN);
    expect(await published('payment.disputed.v1')).toMatchObject([{ status: 'lost', remaining: { amount: 0 } }]);
  });

  it('of somebody else who uses the account is ignored, and one of a payment that is not captured here waits', async () => {
    const { say } = await aCapturedPayment();
    const dispute = { disputeReference: disputeReference(), status: 'open' };
    expect(await say('dispute.open', { ...dispute, paymentReference: 'theirs' })).toEqual({
      status: 'ignored',
      reason: 'payment_of_somebody_else',
    });
    const { paymentId } = await bench.payments.anAttempt();
    await bench.payments.move({ paymentId, to: 'processing', providerReference: `ref-${paymentId}` });
    expect(await say('dispute.open', { ...dispute, paymentReference: `ref-${paymentId}` })).toEqual({
      status: 'parked',
      reason: 'payment_not_captured',
    });
  });
});

const said = (reference: string, cents: number) => ({
  amount: { ...amount, amount: cents },
  refund: { status: 'succeeded', reference },
});

describe('a refund that was made in the dashboard of the provider', () => {
  it('gets its row and its event, once', async () => {
    const { orderId, say, published } = await aCapturedPayment();
    expect(await say('refund.succeeded', said('re_a', 499))).toMatchObject({ status: 'applied' });
    expect(await say('refund.succeeded', said('re_a', 499))).toMatchObject({ status: 'ignored' });
    expect(await published('payment.refunded.v1')).toMatchObject([
      { refundedTotal: { amount: 499 }, remaining: { amount: 1_500 }, isFull: false },
    ]);
    expect(await bench.rows('SELECT cause, status FROM payment.refunds WHERE order_id = $1', [orderId])).toEqual([
      { cause: 'made_elsewhere', status: 'succeeded' },
    ]);
  });

  it('of more than is left waits for a person', async () => {
    const { say } = await aCapturedPayment();
    expect(await say('refund.succeeded', said('re_b', 2_000))).toEqual({
      status: 'parked',
      reason: 'refund_exceeds_captured',
    });
  });

  it('that has not succeeded is ignored until it has', async () => {
    const { say } = await aCapturedPayment();
    const pending = { amount, refund: { status: 'submitted', reference: 're_c' } };
    expect(await say('refund.submitted', pending)).toEqual({ status: 'ignored', reason: 'refund_not_final' });
    expect(await say('refund.succeeded', said('re_c', 1_999))).toMatchObject({ status: 'applied' });
  });

  it('before the money has reached its order is tried again, so that the order is not confirmed without it', async () => {
    const { orderId, say } = await aCapturedPayment();
    orders().paid.delete(orderId);
    await expect(say('refund.succeeded', said('re_d', 499))).rejects.toMatchObject({ code: 'payment_in_progress' });
    expect(await bench.rows('SELECT 1 FROM payment.refunds WHERE order_id = $1', [orderId])).toEqual([]);
  });
});
