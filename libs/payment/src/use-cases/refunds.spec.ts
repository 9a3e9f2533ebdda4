import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Transactions } from '#database';
import { Money, type Id } from '#kernel';
import { CapturedPaymentsAdapter } from '../adapters/captured-payments.adapter.js';
import { paymentInvariants } from '../persistence/invariants.js';
import { Refund } from '../persistence/refund.entity.js';
import { sandboxInvariants } from '../providers/sandbox/sandbox-invariants.js';
import { Config } from '#config';
import { Metrics } from '#observability';
import { PaymentProviders } from '../providers/payment-providers.js';
import type { ProviderRefund } from '../providers/provider-answers.js';
import { ProviderCalls } from '../providers/provider-calls.js';
import { ProviderCircuits } from '../providers/provider-circuits.js';
import { Silent } from './silent-provider.suite.js';
import { RecordOutcomes } from './record-outcomes.js';
import { RecordRefund } from './record-refund.js';
import { amount, aPayment, PaymentBench } from './payment-bench.suite.js';
import { RequestRefund, type RefundRequest } from './request-refund.js';
import { SubmitRefund } from './submit-refund.js';

/** Gives money back each time that it is asked to, loses the answers, and knows what it has done. */
class Forgetful extends Silent {
  refunded = 0;

  override refund = (): Promise<never> => {
    this.refunded += 1;
    return Promise.reject(new Error('ECONNRESET'));
  };

  override refundStatus = (): Promise<ProviderRefund | undefined> =>
    Promise.resolve(this.refunded > 0 ? { status: 'succeeded', reference: 'done' } : undefined);
}

let bench: PaymentBench;

beforeAll(async () => {
  bench = await PaymentBench.open();
});

afterAll(() => bench.close());

const never = new AbortController().signal;
const euros = (cents: number) => Money.of(cents, amount.currency);

/** An order whose payment took 19.99 EUR. */
async function paid(token = 'tok_success') {
  const { paymentId, orderId } = await bench.anAttempt();
  const answer = await bench.sandbox.create(aPayment(paymentId, token, orderId), never);
  await bench.transactions.run((tx) => bench.get(RecordOutcomes).run(tx, [{ paymentId, ...answer }]));
  return { paymentId, orderId };
}

const request = (orderId: Id<'order'>, members: Partial<RefundRequest> = {}) =>
  bench.transactions.run((tx) =>
    bench.get(RequestRefund).run(tx, { orderId, cause: 'staff', reason: 'broken', actor: 'key:1', ...members }),
  );

const commit = (work: Parameters<Transactions['run']>[0]) =>
  bench.transactions.run(async (tx) => void (await work(tx)));

const submit = (refundId: Id<'rfd'>, attempt = 1) => bench.get(SubmitRefund).run(refundId, attempt, commit);

const read = (id: Id<'rfd'>) => bench.transactions.read((db) => db.manager.findOneByOrFail(Refund, { id }));

const rows = async <Row>(sql: string, params: unknown[]): Promise<Row[]> =>
  (await bench.transactions.read((db) => db.query<Row>(sql, params))).rows;

const published = async (refundId: Id<'rfd'>) => {
  const events = await rows<{ type: string; data: object }>(
    'SELECT type, data FROM messaging.outbox WHERE subject = $1 ORDER BY sequence',
    [refundId],
  );
  return events.map(({ type, data }) => Object.assign(data, { type }));
};

const nextTry = async (refundId: Id<'rfd'>) => {
  const [due] = await rows<{ attempt: number; seconds: number }>(
    `SELECT (data->>'attempt')::int AS attempt, round(extract(epoch FROM due_at - now()))::int AS seconds
     FROM messaging.scheduled WHERE type = 'payment.refund_due.v1' AND subject = $1`,
    [refundId],
  );
  return due;
};

describe('a refund', () => {
  it('gives back a part, then the rest, and publishes both with the sum', async () => {
    const { orderId, paymentId } = await paid();
    const part = await request(orderId, { amount: euros(500) });
    expect(part).toMatchObject({ status: 'requested', paymentId });
    expect(await nextTry(part.id)).toMatchObject({ attempt: 1 });
    await submit(part.id);
    const rest = await request(orderId);
    await submit(rest.id);
    expect([await read(part.id), await read(rest.id)]).toMatchObject([
      { status: 'succeeded', amount: 500 },
      { status: 'succeeded', amount: 1_499 },
    ]);
    expect(await published(part.id)).toMatchObject([
      { type: 'payment.refunded.v1', refundedTotal: euros(500), isFull: false },
    ]);
    expect(await published(rest.id)).toMatchObject([
      { type: 'payment.refunded.v1', refundedTotal: amount, isFull: true },
    ]);
    await expect(request(orderId)).rejects.toMatchObject({ code: 'nothing_to_refund' });
  });

  it('of the rest, asked for by two at once, is written once', async () => {
    const { orderId } = await paid();
    const both = await Promise.allSettled([request(orderId), request(orderId)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('is never more than was taken, nor of another currency', async () => {
    const { orderId } = await paid();
    for (const wrong of [euros(2_000), { ...euros(1), currency: 'JPY' as never }]) {
      await expect(request(orderId, { amount: wrong })).rejects.toMatchObject({
        code: 'refund_exceeds_captured',
        data: { refundable: amount },
      });
    }
  });

  it('submitted twice at once, or again after its end, is given back once', async () => {
    const { orderId } = await paid();
    const { id } = await request(orderId);
    await Promise.all([submit(id), submit(id)]);
    await submit(id, 2);
    expect(await published(id)).toHaveLength(1);
    const booked = await rows('SELECT 1 FROM payment.sandbox_refunds WHERE idempotency_key = $1', [id]);
    expect(booked).toHaveLength(1);
    expect(await nextTry(id)).toBeUndefined();
  });

  it('that the provider refuses is tried again with the same key, then waits for a person and leaves the money refundable', async () => {
    const { orderId } = await paid('tok_refund_fails');
    const { id } = await request(orderId);
    const distances: unknown[] = [];
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await submit(id, attempt);
      distances.push((await nextTry(id))?.seconds);
    }
    expect(distances).toEqual([5, 30, 120, 600, 3_600]);
    expect(await read(id)).toMatchObject({ status: 'requested', lastError: 'refused_by_bank' });
    await submit(id, 6);
    expect(await read(id)).toMatchObject({ status: 'failed' });
    expect(await published(id)).toMatchObject([{ type: 'payment.refund_failed.v1', reason: 'refused_by_bank' }]);
    expect(await nextTry(id)).toBeUndefined();
    expect(await request(orderId)).toMatchObject({ amount: 1_999 });
  });

  it('whose answer was lost is asked for again', async () => {
    const { orderId } = await paid();
    const { id } = await request(orderId);
    await bench.transactions.run((tx) => bench.get(RecordRefund).run(tx, id, { status: 'unknown' }));
    expect(await read(id)).toMatchObject({ status: 'unknown' });
    expect(await nextTry(id)).toEqual({ attempt: 2, seconds: 5 });
    await submit(id, 2);
    expect(await read(id)).toMatchObject({ status: 'succeeded' });
  });

  it('is asked about before it is sent again, since the provider may have forgotten its key', async () => {
    const { orderId } = await paid();
    const { id } = await request(orderId);
    const forgetful = new Forgetful();
    const providers = new PaymentProviders([forgetful], 'sandbox');
    const metrics = new Metrics();
    const calls = new ProviderCalls(providers, new ProviderCircuits(metrics), bench.get(Config), metrics);
    const submitting = new SubmitRefund(bench.transactions, calls, bench.get(RecordRefund));
    await submitting.run(id, 1, commit);
    expect(await read(id)).toMatchObject({ status: 'unknown' });
    await submitting.run(id, 2, commit);
    expect(await read(id)).toMatchObject({ status: 'succeeded' });
    expect(forgetful.refunded).toBe(1);
    // What the sandbox never saw is no refund in its ledger.
    await bench.transactions.run((tx) => tx.query('DELETE FROM payment.refunds WHERE id = $1', [id]));
  });

  it('of money that fits no order is asked for once, and tells why', async () => {
    const { orderId, paymentId } = await paid();
    const payments = bench.get(CapturedPaymentsAdapter);
    const unfit = { orderId, paymentId, cause: 'order_ended' } as const;
    await bench.transactions.run((tx) => payments.giveBack(tx, [unfit, unfit]));
    await bench.transactions.run((tx) => payments.giveBack(tx, [unfit]));
    const refunds = await rows<{ id: Id<'rfd'> }>('SELECT id FROM payment.refunds WHERE order_id = $1', [orderId]);
    expect(refunds).toHaveLength(1);
    const { id } = refunds[0]!;
    await submit(id);
    expect(await published(id)).toMatchObject([
      { type: 'payment.refunded.v1', isFull: true },
      { type: 'payment.late_refunded.v1', cause: 'order_ended' },
    ]);
  });

  it('leaves the invariants as they were', async () => {
    const names: string[] = [];
    for (const { name, sql } of [...paymentInvariants, ...sandboxInvariants]) {
      if ((await rows(sql, [])).length > 0) names.push(name);
    }
    expect(names).toEqual([]);
  });
});
