import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OrderPayments } from '#contracts';
import { Money, newId, type Currency, type Id } from '#kernel';
import { PaymentIsDisputed, RefundExceedsCaptured } from '../domain/refund.errors.js';
import { paymentInvariants } from '../persistence/invariants.js';
import { CaptureShipped } from './capture-shipped.js';
import { amount, aPayment, captured, PaymentBench, type OrdersElsewhere } from './payment-bench.suite.js';
import { RecordOutcomes } from './record-outcomes.js';
import { RefundReturn } from './refund-return.js';
import { RequestRefund } from './request-refund.js';
import { ScheduleAction } from './schedule-action.js';

let bench: PaymentBench;

beforeAll(async () => {
  bench = await PaymentBench.open();
});

afterAll(() => bench?.close());

const AT_ONCE = 10;
const never = new AbortController().signal;
const eur = (minor: number) => Money.of(minor, 'EUR' as Currency);

const rows = async <Row>(sql: string, params: unknown[] = []): Promise<Row[]> =>
  (await bench.transactions.read((db) => db.query<Row>(sql, params))).rows;

/** An order of 19.99 EUR that this payment has paid. */
async function paid() {
  const { paymentId, orderId } = await bench.anAttempt();
  await bench.move(captured(paymentId));
  (bench.get(OrderPayments) as OrdersElsewhere).paid.set(orderId, paymentId);
  return { paymentId, orderId };
}

/** The same with money that is only promised. */
async function promised() {
  const { paymentId, orderId } = await bench.anAttempt();
  const payment = { ...aPayment(paymentId, 'tok_success', orderId), capture: 'manual' } as const;
  const answer = await bench.sandbox.create(payment, never);
  await bench.transactions.run((tx) => bench.get(RecordOutcomes).run(tx, [{ paymentId, ...answer }]));
  (bench.get(OrderPayments) as OrdersElsewhere).paid.set(orderId, paymentId);
  return { paymentId, orderId };
}

const ship = (...orderIds: Id<'order'>[]) =>
  bench.transactions.run((tx) => bench.get(CaptureShipped).run(tx, orderIds));

const giveBack = (orderId: Id<'order'>, refund: Money, returnId = newId('ret')) =>
  bench.transactions.run((tx) => bench.get(RefundReturn).run(tx, { returnId, orderId, refund }));

const staffGiveBack = (orderId: Id<'order'>, money: Money) =>
  bench.transactions.run((tx) => {
    const request = { orderId, amount: money, cause: 'staff', reason: 'a scratch', actor: 'staff:admin' } as const;
    return bench.get(RequestRefund).run(tx, request);
  });

const actionOf = async (paymentId: Id<'pay'>) => {
  const asked = await rows<{ action: string | null; tries: number }>(
    `SELECT requested_action AS action, (SELECT count(*)::int FROM messaging.scheduled
       WHERE type = 'payment.action_due.v1' AND subject = attempt.id) AS tries
     FROM payment.attempts AS attempt WHERE id = $1`,
    [paymentId],
  );
  return asked[0];
};

const refundsOf = (orderId: Id<'order'>) =>
  rows<{ amount: number; cause: string; return_id: string | null }>(
    'SELECT amount, cause, return_id FROM payment.refunds WHERE order_id = $1 ORDER BY id',
    [orderId],
  );

describe('goods that leave', () => {
  it('have the promised money of their order captured, once however many shipments there are', async () => {
    const [first, second] = [await promised(), await promised()];
    await ship(first.orderId, second.orderId, first.orderId);
    await ship(first.orderId);
    for (const { paymentId } of [first, second]) {
      expect(await actionOf(paymentId)).toEqual({ action: 'capture', tries: 1 });
    }
  });

  it('change nothing about money that is captured, or that staff have given up', async () => {
    const [taken, givenUp] = [await paid(), await promised()];
    await bench.transactions.run((tx) => bench.get(ScheduleAction).run(tx, givenUp.paymentId, 'void'));
    await ship(taken.orderId, givenUp.orderId, newId('order'));
    expect(await actionOf(taken.paymentId)).toEqual({ action: null, tries: 0 });
    expect(await actionOf(givenUp.paymentId)).toEqual({ action: 'void', tries: 1 });
  });
});

describe('goods that come back', () => {
  it('are refunded once a return, also when that is asked for many times at once', async () => {
    const { orderId } = await paid();
    const returnId = newId('ret');
    await Promise.allSettled(Array.from({ length: AT_ONCE }, () => giveBack(orderId, eur(500), returnId)));
    await giveBack(orderId, eur(500), returnId);
    expect(await refundsOf(orderId)).toEqual([{ amount: 500, cause: 'returned', return_id: returnId }]);
  });

  it('are refunded with what is left, and not at all where nothing is', async () => {
    const { orderId } = await paid();
    await staffGiveBack(orderId, eur(1_500));
    await giveBack(orderId, eur(1_000));
    await giveBack(orderId, eur(1));
    expect(await refundsOf(orderId)).toMatchObject([{ amount: 1_500 }, { amount: amount.amount - 1_500 }]);
  });

  it('are refunded of the payment that paid the order, not of another one that took money', async () => {
    const { orderId, paymentId } = await paid();
    const other = await bench.anAttempt({ orderId });
    await bench.move(captured(other.paymentId));
    await staffGiveBack(orderId, eur(100));
    await giveBack(orderId, eur(200));
    expect(
      await rows(`SELECT payment_id FROM payment.refunds WHERE order_id = $1 AND cause = 'returned'`, [orderId]),
    ).toEqual([{ payment_id: paymentId }]);
  });

  it('wait for their money while it is only promised', async () => {
    const { orderId } = await promised();
    await expect(giveBack(orderId, eur(1))).rejects.toThrow(/not captured yet/);
  });

  it('wait for a person while the buyer’s bank asks for the money, and in another currency', async () => {
    const { orderId, paymentId } = await paid();
    await expect(giveBack(orderId, Money.of(1, 'USD' as Currency))).rejects.toThrow(RefundExceedsCaptured);
    await bench.transactions.run((tx) =>
      tx.query(
        `INSERT INTO payment.disputes (id, payment_id, provider, provider_reference, status) VALUES ($1, $2, 'sandbox', $1, 'open')`,
        [newId('dsp'), paymentId],
      ),
    );
    await expect(giveBack(orderId, eur(1))).rejects.toThrow(PaymentIsDisputed);
    expect(await refundsOf(orderId)).toEqual([]);
  });

  it('leave the invariants as they were', async () => {
    const broken: string[] = [];
    for (const { name, sql } of paymentInvariants) if ((await rows(sql)).length > 0) broken.push(name);
    expect(broken).toEqual([]);
  });
});
