import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Transactions } from '#database';
import type { Id } from '#kernel';
import { CapturedPaymentsAdapter } from '../adapters/captured-payments.adapter.js';
import { attemptById } from '../persistence/find-attempt.js';
import { paymentInvariants } from '../persistence/invariants.js';
import { sandboxInvariants } from '../providers/sandbox/sandbox-invariants.js';
import { amount, aPayment, PaymentBench } from './payment-bench.suite.js';
import { PerformAction } from './perform-action.js';
import { RecordOutcomes } from './record-outcomes.js';
import { ScheduleAction } from './schedule-action.js';

let bench: PaymentBench;

beforeAll(async () => {
  bench = await PaymentBench.open();
});

afterAll(() => bench.close());

const never = new AbortController().signal;

/** A payment of 19.99 EUR that is promised. */
async function authorized() {
  const { paymentId, orderId } = await bench.anAttempt();
  const payment = { ...aPayment(paymentId, 'tok_success', orderId), capture: 'manual' } as const;
  const answer = await bench.sandbox.create(payment, never);
  await bench.transactions.run((tx) => bench.get(RecordOutcomes).run(tx, [{ paymentId, ...answer }]));
  return { paymentId, orderId };
}

const ask = (paymentId: Id<'pay'>, action: 'capture' | 'void') =>
  bench.transactions.run((tx) => bench.get(ScheduleAction).run(tx, paymentId, action));

const commit = (work: Parameters<Transactions['run']>[0]) =>
  bench.transactions.run(async (tx) => void (await work(tx)));

const perform = (paymentId: Id<'pay'>) => bench.get(PerformAction).run(paymentId, 1, commit);

const statusOf = async (paymentId: Id<'pay'>) =>
  (await bench.transactions.read((db) => attemptById(db, paymentId))).status;

const rows = async <Row>(sql: string, params: unknown[] = []): Promise<Row[]> =>
  (await bench.transactions.read((db) => db.query<Row>(sql, params))).rows;

const eventsOf = async (paymentId: Id<'pay'>) =>
  (
    await rows<{ type: string }>(
      `SELECT type FROM messaging.outbox WHERE source = 'payment' AND subject = $1 ORDER BY sequence`,
      [paymentId],
    )
  ).map(({ type }) => type);

const stateOf = async ({ paymentId, orderId }: Awaited<ReturnType<typeof authorized>>) => {
  const claims = [{ paymentId, orderId, amount }];
  return (await bench.transactions.run((tx) => bench.get(CapturedPaymentsAdapter).areAuthorized(tx, claims)))[0];
};

describe('promised money', () => {
  it('is published, and taken when it is asked for, once', async () => {
    const payment = await authorized();
    const { paymentId } = payment;
    expect([await statusOf(paymentId), await stateOf(payment)]).toEqual(['authorized', 'yes']);
    expect(await Promise.all([ask(paymentId, 'capture'), ask(paymentId, 'capture')])).toContain(false);
    await Promise.all([perform(paymentId), perform(paymentId)]);
    expect([await statusOf(paymentId), await stateOf(payment)]).toEqual(['captured', 'yes']);
    expect(await eventsOf(paymentId)).toEqual(['payment.authorized.v1', 'payment.captured.v1']);
    expect(await ask(paymentId, 'void')).toBe(false);
  });

  it('is given up when that is asked for, and what is asked for first counts', async () => {
    const payment = await authorized();
    const { paymentId } = payment;
    expect(await ask(paymentId, 'void')).toBe(true);
    expect(await ask(paymentId, 'capture')).toBe(false);
    await perform(paymentId);
    expect([await statusOf(paymentId), await stateOf(payment)]).toEqual(['voided', 'given_up']);
    expect(await eventsOf(paymentId)).toEqual(['payment.authorized.v1', 'payment.voided.v1']);
  });

  it('that fits no order is given up instead of given back', async () => {
    const { paymentId, orderId } = await authorized();
    const unfit = { paymentId, orderId, cause: 'order_ended' } as const;
    await bench.transactions.run((tx) => bench.get(CapturedPaymentsAdapter).giveBack(tx, [unfit]));
    await perform(paymentId);
    expect(await statusOf(paymentId)).toBe('voided');
    expect(await rows('SELECT 1 FROM payment.refunds WHERE payment_id = $1', [paymentId])).toEqual([]);
  });

  it('that nobody has promised is no promise', async () => {
    const payment = await authorized();
    const { paymentId } = await bench.anAttempt();
    expect(await stateOf({ ...payment, paymentId })).toBe('no');
    expect(await ask(paymentId, 'capture')).toBe(false);
  });

  it('about which the provider is silent is asked for again', async () => {
    const { paymentId } = await authorized();
    await ask(paymentId, 'capture');
    await bench.transactions.run((tx) => bench.get(ScheduleAction).again(tx, paymentId, 2));
    expect(
      await rows(
        `SELECT (data->>'attempt')::int AS attempt, round(extract(epoch FROM due_at - now()))::int AS seconds
         FROM messaging.scheduled WHERE type = 'payment.action_due.v1' AND subject = $1`,
        [paymentId],
      ),
    ).toEqual([{ attempt: 3, seconds: 30 }]);
  });

  it('leaves the invariants as they were', async () => {
    const broken: string[] = [];
    for (const { name, sql } of [...paymentInvariants, ...sandboxInvariants]) {
      if ((await rows(sql)).length > 0) broken.push(name);
    }
    expect(broken).toEqual([]);
  });
});
