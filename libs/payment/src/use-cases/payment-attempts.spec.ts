import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type Id } from '#kernel';
import { attemptById } from '../persistence/find-attempt.js';
import type { AttemptMove } from '../persistence/transition-attempts.js';
import { aPayment, captured, declined, PaymentBench } from './payment-bench.suite.js';
import { paymentInvariants } from '../persistence/invariants.js';
import { sandboxInvariants } from '../providers/sandbox/sandbox-invariants.js';
import { LIVE, NEXT, type PaymentStatus } from '../domain/payment-status.js';

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
  for (const { name, sql } of [...paymentInvariants, ...sandboxInvariants]) {
    if ((await bench.transactions.read((db) => db.query(sql))).count > 0) names.push(name);
  }
  return names;
}

describe('the states of an attempt', () => {
  it('are left only by an attempt that may still take money, and by money that comes all the same', () => {
    const ended = (Object.keys(NEXT) as PaymentStatus[]).filter((status) => !LIVE.some((live) => live === status));
    expect(ended.toSorted()).toEqual(['captured', 'declined', 'failed', 'voided']);
    for (const status of ended) expect(NEXT[status]).toEqual(status === 'captured' ? [] : ['captured']);
  });

  it('let no way lead back to one in which nothing was known', () => {
    const toUnknown = (Object.keys(NEXT) as PaymentStatus[]).filter((from) =>
      NEXT[from].some((to) => to === 'unknown'),
    );
    expect(toUnknown).toEqual(['created', 'processing']);
    expect(Object.values(NEXT).flat()).not.toContain('created');
  });
});

describe('an attempt', () => {
  it('is the only one of its order that may still take money', async () => {
    const { orderId, opens } = await bench.anAttempt();
    expect(opens).toBe(true);
    await expect(bench.anAttempt({ orderId })).rejects.toMatchObject({
      constraint: 'attempts_one_live',
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

  it('is captured by one of ten that record it at once, and published once', async () => {
    const { paymentId } = await bench.anAttempt();
    const winners = await Promise.all(Array.from({ length: 10 }, () => bench.move(captured(paymentId))));
    expect(winners.flat()).toMatchObject([
      { paymentId, status: 'captured', sequence: 1, amount: 1_999, currency: 'EUR' },
    ]);
  });

  it('has taken the money when one of two outcomes says so, whichever is recorded first', async () => {
    const { paymentId } = await bench.anAttempt();
    await bench.move({ paymentId, to: 'unknown' });
    const refusal: AttemptMove = { paymentId, to: 'failed', reason: 'never_charged' };
    await Promise.all([bench.move(captured(paymentId)), bench.move(refusal)]);
    expect(await statusOf(paymentId)).toBe('captured');
  });

  it('that had ended without money is captured when the money comes all the same, and published again', async () => {
    const { paymentId, orderId } = await bench.anAttempt();
    await bench.move(declined(paymentId));
    const second = await bench.anAttempt({ orderId });
    await bench.move(captured(second.paymentId));
    expect(await bench.move(captured(paymentId))).toMatchObject([
      { from: 'declined', status: 'captured', sequence: 2 },
    ]);
  });

  it('keeps its token for as long as it may have to be sent again, and no longer', async () => {
    const tokenOf = async (paymentId: Id<'pay'>) =>
      (await bench.transactions.read((db) => attemptById(db, paymentId))).token;
    const { paymentId } = await bench.anAttempt();
    await bench.move({ paymentId, to: 'unknown' });
    expect(await tokenOf(paymentId)).toBe('tok_success');
    await bench.move({ paymentId, to: 'processing', providerReference: 'p1' });
    expect(await tokenOf(paymentId)).toBeNull();
  });

  it('moves in a list as it would alone: legal moves happen, others do not', async () => {
    const [one, two, three] = await Promise.all([bench.anAttempt(), bench.anAttempt(), bench.anAttempt()]);
    await bench.move(captured(two.paymentId));
    const moved = await bench.move(
      captured(three.paymentId),
      declined(two.paymentId),
      { paymentId: one.paymentId, to: 'unknown' },
      captured(newId('pay')),
    );
    expect(new Map(moved.map((attempt) => [attempt.paymentId, attempt.status]))).toEqual(
      new Map([
        [one.paymentId, 'unknown'],
        [three.paymentId, 'captured'],
      ]),
    );
    expect(await statusOf(two.paymentId)).toBe('captured');
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
    const { reference } = await bench.sandbox.create(aPayment(paymentId, 'tok_success', orderId), never);
    await bench.move({ ...captured(paymentId), providerReference: reference });
    expect(await violated()).toEqual([]);

    const breaches: [string, string, string][] = [
      [
        `UPDATE payment.sandbox_charges SET amount = 1`,
        `UPDATE payment.sandbox_charges SET amount = 1999`,
        'payment_ledgers_agree',
      ],
      [
        `UPDATE payment.history SET from_status = 'declined' WHERE sequence = 2`,
        `UPDATE payment.history SET from_status = 'created' WHERE sequence = 2`,
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
    await bench.sandbox.create(aPayment(forgotten, 'tok_error'), never);
    await bench.move({ paymentId: forgotten, to: 'failed', reason: 'provider_error' });
    expect(await violated()).toEqual([]);
    await bench.sandbox.create(aPayment(newId('pay'), 'tok_success', orderId), never);
    expect(await violated()).toEqual(['payment_one_charge_an_order', 'payment_ledgers_agree']);
  });
});
