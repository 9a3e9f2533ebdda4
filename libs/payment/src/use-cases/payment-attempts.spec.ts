import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type Id } from '#kernel';
import { attemptById } from '../persistence/find-attempt.js';
import type { AttemptMove } from '../persistence/transition-attempts.js';
import { captured, charge, declined, PaymentBench } from './payment-bench.suite.js';
import { paymentInvariants } from '../persistence/invariants.js';
import { LIVE, MOVES, NEXT, type PaymentStatus } from '../domain/payment-status.js';

let bench: PaymentBench;

beforeAll(async () => {
  bench = await PaymentBench.open();
});

afterAll(() => bench.close());

const never = new AbortController().signal;
const statusOf = async (paymentId: Id<'pay'>) =>
  (await bench.transactions.read((db) => attemptById(db, paymentId))).status;

async function violated(): Promise<string[]> {
  const names: string[] = [];
  for (const { name, sql } of paymentInvariants) {
    if ((await bench.transactions.read((db) => db.query(sql))).count > 0) names.push(name);
  }
  return names;
}

describe('the states of an attempt', () => {
  it('end only where nothing can be taken any more', () => {
    const ends = (Object.keys(NEXT) as PaymentStatus[]).filter((status) => NEXT[status].length === 0);
    expect(ends.toSorted()).toEqual(['captured', 'declined', 'failed']);
    expect([...ends, ...LIVE].toSorted()).toEqual(Object.keys(NEXT).toSorted());
  });

  it('let no way lead back', () => {
    const rank: PaymentStatus[] = ['created', 'processing', 'unknown', 'captured', 'declined', 'failed'];
    expect(MOVES.every(([from, to]) => rank.indexOf(from) < rank.indexOf(to))).toBe(true);
  });
});

describe('an attempt', () => {
  it('is the only one of its order that may still take money', async () => {
    const { orderId, opens } = await bench.anAttempt();
    expect(opens).toBe(true);
    await expect(bench.anAttempt({ orderId })).rejects.toMatchObject({
      driverError: { constraint: 'attempts_one_live' },
    });
  });

  it('may follow a declined one, as often as the order allows', async () => {
    const first = await bench.anAttempt();
    await bench.move(declined(first.paymentId));
    const second = await bench.anAttempt({ orderId: first.orderId, attemptsMax: 2 });
    expect(second.opens).toBe(true);
    await bench.move({ paymentId: second.paymentId, to: 'failed', reason: 'provider_error' });
    expect((await bench.anAttempt({ orderId: first.orderId, attemptsMax: 2 })).opens).toBe(false);
  });

  it('is captured by one of ten that record it at once, and told once', async () => {
    const { paymentId } = await bench.anAttempt();
    const winners = await Promise.all(Array.from({ length: 10 }, () => bench.move(captured(paymentId))));
    expect(winners.flat()).toMatchObject([
      { paymentId, status: 'captured', sequence: 1, amount: 1_999, currency: 'EUR' },
    ]);
  });

  it('keeps the first outcome when two differ', async () => {
    const { paymentId } = await bench.anAttempt();
    await bench.move({ paymentId, to: 'unknown' });
    const refusal: AttemptMove = { paymentId, to: 'failed', reason: 'never_charged' };
    const moved = await Promise.all([bench.move(captured(paymentId)), bench.move(refusal)]);
    expect(moved.flat()).toHaveLength(1);
    expect(moved.flat()[0]?.status).toBe(await statusOf(paymentId));
  });

  it('moves in a list as it would alone: legal moves happen, others do not', async () => {
    const [one, two, three] = await Promise.all([bench.anAttempt(), bench.anAttempt(), bench.anAttempt()]);
    await bench.move(declined(two.paymentId));
    const moved = await bench.move(
      captured(three.paymentId),
      captured(two.paymentId),
      { paymentId: one.paymentId, to: 'unknown' },
      captured(newId('pay')),
    );
    expect(new Map(moved.map((attempt) => [attempt.paymentId, attempt.status]))).toEqual(
      new Map([
        [one.paymentId, 'unknown'],
        [three.paymentId, 'captured'],
      ]),
    );
    expect(await statusOf(two.paymentId)).toBe('declined');
  });
});

describe('the invariants of payments', () => {
  it('each notice what they forbid', async () => {
    await bench.transactions.run(async (tx) => {
      await tx.query('DELETE FROM payment.sandbox_charges');
      await tx.query('DELETE FROM payment.history');
      await tx.query('DELETE FROM payment.attempts');
    });
    const { paymentId, orderId } = await bench.anAttempt();
    const result = await bench.sandbox.charge(charge(paymentId, 'tok_success', orderId), never);
    await bench.move({ ...captured(paymentId), providerReference: (result as { reference: string }).reference });
    expect(await violated()).toEqual([]);

    const breaches: [string, string, string][] = [
      [
        `UPDATE payment.sandbox_charges SET amount = 1`,
        `UPDATE payment.sandbox_charges SET amount = 1999`,
        'payment_ledgers_agree',
      ],
      [
        `UPDATE payment.history SET to_status = 'failed' WHERE sequence = 2`,
        `UPDATE payment.history SET to_status = 'processing' WHERE sequence = 2`,
        'payment_history_is_a_path',
      ],
      [
        `UPDATE payment.attempts SET last_sequence = 2`,
        `UPDATE payment.attempts SET last_sequence = 1`,
        'payment_end_has_its_event',
      ],
    ];
    for (const [breach, repair, name] of breaches) {
      await bench.transactions.run((tx) => tx.query(breach));
      expect(await violated()).toEqual([name]);
      await bench.transactions.run((tx) => tx.query(repair));
    }
    const { paymentId: forgotten } = await bench.anAttempt();
    await bench.move({ paymentId: forgotten, to: 'unknown' });
    await bench.sandbox.charge(charge(forgotten, 'tok_error'), never);
    await bench.move({ paymentId: forgotten, to: 'failed', reason: 'provider_error' });
    expect(await violated()).toEqual([]);
    await bench.sandbox.charge(charge(newId('pay'), 'tok_success', orderId), never);
    expect(await violated()).toEqual(['payment_one_charge_an_order', 'payment_ledgers_agree']);
  });
});
