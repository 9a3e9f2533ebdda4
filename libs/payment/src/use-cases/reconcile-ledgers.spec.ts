import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstIdAt, newId, type Id } from '#kernel';
import type { LedgerDifference } from '../domain/ledger-difference.js';
import { LedgersOnTrial } from './ledgers-on-trial.suite.js';
import { amount } from './payment-bench.suite.js';
import { ReconcileLedgers } from './reconcile-ledgers.js';

let ledgers: LedgersOnTrial;

beforeAll(async () => {
  ledgers = await LedgersOnTrial.open();
});

afterAll(() => ledgers.close());

const of = (differences: readonly LedgerDifference[], paymentId: Id<'pay'>) =>
  differences.filter((difference) => difference.paymentId === paymentId);

const eventsOf = async (paymentId: Id<'pay'>): Promise<string[]> =>
  (await ledgers.sql<{ type: string }>('SELECT type FROM messaging.outbox WHERE subject = $1', [paymentId])).map(
    ({ type }) => type,
  );

const inSpring = (ms: number) => firstIdAt('pay', new Date(Date.parse('2026-03-01T00:00:00Z') + ms));
const unexpected = (difference: LedgerDifference) => {
  throw new Error(JSON.stringify(difference));
};

describe.each(['sandbox', 'stripe'] as const)('our ledger beside that of the provider: %s', (provider) => {
  const side = () => ledgers.sides[provider];

  /** What a look without repair and one with it say of a payment, and what a third one says after that. */
  async function looksAt(paymentId: Id<'pay'>) {
    const [seen, repaired, after] = [
      await ledgers.reconcile(provider),
      await ledgers.reconcile(provider, true),
      await ledgers.reconcile(provider),
    ];
    return {
      seen: of(seen.differences, paymentId),
      repaired: repaired.repaired,
      after: of(after.differences, paymentId),
    };
  }

  it('agrees when everything was recorded', async () => {
    const before = await ledgers.reconcile(provider);
    const refunded = await ledgers.captured(provider);
    await ledgers.refundThere(refunded, 500);
    await ledgers.refundHere(refunded.paymentId, 500, 'succeeded');
    await ledgers.record(await ledgers.sent(provider, side().tokens.declined), 'declined');
    await ledgers.record(await ledgers.sent(provider, side().tokens.processing), 'processing');
    const { paymentId } = await ledgers.written(provider);
    await ledgers.record({ paymentId, reference: `never-${paymentId}` }, 'failed');
    const { differences, compared } = await ledgers.reconcile(provider);
    expect(differences).toEqual([]);
    expect(compared).toBe(before.compared + 4);
  });

  it('agrees about an attempt that is about to be sent', async () => {
    const { paymentId } = await ledgers.written(provider);
    expect(of((await ledgers.reconcile(provider)).differences, paymentId)).toEqual([]);
    await ledgers.sql(`UPDATE payment.attempts SET created_at = now() - interval '2 minutes' WHERE id = $1`, [
      paymentId,
    ]);
    const { seen, after } = await looksAt(paymentId);
    expect(seen).toMatchObject([{ kind: 'states_differ', here: 'created', there: undefined }]);
    expect(after).toMatchObject([{ kind: 'states_differ', here: 'unknown' }]);
    const [check] = await ledgers.sql(
      `SELECT 1 FROM messaging.scheduled WHERE type = 'payment.query_due.v1' AND subject = $1`,
      [paymentId],
    );
    expect(check).toBeDefined();
    await ledgers.record({ paymentId, reference: `never-${paymentId}` }, 'failed');
  });

  it('lists money that only the provider knows of, and records it when it may repair', async () => {
    const { paymentId, reference } = await ledgers.sent(provider, side().tokens.success);
    const { seen, repaired, after } = await looksAt(paymentId);
    expect(seen).toEqual([
      { kind: 'captured_only_there', provider, paymentId, reference, here: 'created', there: 'captured 1999 EUR' },
    ]);
    expect([repaired, after]).toEqual([1, []]);
    expect(await ledgers.statusOf(paymentId)).toBe('captured');
    expect(await eventsOf(paymentId)).toEqual(['payment.captured.v1']);
  });

  it('records money that came after an attempt had ended without', async () => {
    const sent = await ledgers.sent(provider, side().tokens.processing);
    await ledgers.record(sent, 'declined');
    await side().settle(sent.reference);
    const { seen, repaired, after } = await looksAt(sent.paymentId);
    expect(seen).toMatchObject([{ kind: 'captured_only_there', here: 'declined' }]);
    expect([repaired, after]).toEqual([1, []]);
  });

  it('lists money that the provider does not know of', async () => {
    const { paymentId, reference } = await ledgers.captured(provider);
    await side().forget(reference);
    const { seen, repaired, after } = await looksAt(paymentId);
    const difference = { kind: 'captured_only_here', provider, paymentId, reference, there: undefined };
    expect(seen).toEqual([{ ...difference, here: 'captured 1999 EUR' }]);
    expect([repaired, after]).toEqual([0, seen]);
    await ledgers.forgetHere([paymentId]);
  });

  it('lists states that differ, and records the provider’s where that is a legal move', async () => {
    const waiting = await ledgers.sent(provider, side().tokens.declined);
    await ledgers.record(waiting, 'processing');
    expect((await looksAt(waiting.paymentId)).seen).toMatchObject([
      { kind: 'states_differ', here: 'processing', there: 'declined' },
    ]);
    expect(await ledgers.statusOf(waiting.paymentId)).toBe('declined');
    const ended = await ledgers.sent(provider, side().tokens.declined);
    await ledgers.record(ended, 'failed');
    const { seen, after } = await looksAt(ended.paymentId);
    expect(seen).toMatchObject([{ kind: 'states_differ', here: 'failed', there: 'declined' }]);
    expect(after).toEqual(seen);
    await ledgers.forgetHere([ended.paymentId]);
    await side().forget(ended.reference);
  });

  it('lists sums that differ', async () => {
    const { paymentId, reference } = await ledgers.captured(provider);
    await side().changeTaken(reference, 1_500);
    const { seen, after } = await looksAt(paymentId);
    expect(seen).toMatchObject([{ kind: 'amounts_differ', here: 'captured 1999 EUR', there: 'captured 1500 EUR' }]);
    expect(after).toEqual(seen);
    await side().changeTaken(reference, amount.amount);
  });

  it('lists refunds that differ, and leaves those that are under way', async () => {
    const payment = await ledgers.captured(provider);
    await ledgers.refundThere(payment, 500);
    const { seen, after } = await looksAt(payment.paymentId);
    expect(seen).toMatchObject([{ kind: 'refunds_differ', here: 'refunded 0 EUR', there: 'refunded 500 EUR' }]);
    expect(after).toEqual(seen);
    await ledgers.refundHere(payment.paymentId, 500, 'unknown');
    await ledgers.refundHere(payment.paymentId, 200, 'submitted');
    expect(of((await ledgers.reconcile(provider)).differences, payment.paymentId)).toEqual([]);
    await ledgers.refundHere(payment.paymentId, 600, 'succeeded');
    expect(of((await ledgers.reconcile(provider)).differences, payment.paymentId)).toMatchObject([
      { kind: 'refunds_differ', here: 'refunded 600 EUR' },
    ]);
    await ledgers.sql(`DELETE FROM payment.refunds WHERE payment_id = $1 AND amount <> 500`, [payment.paymentId]);
    await ledgers.sql(`UPDATE payment.refunds SET status = 'succeeded' WHERE payment_id = $1`, [payment.paymentId]);
  });

  it('lists a payment of ours that is not here', async () => {
    const { paymentId, reference } = await ledgers.captured(provider);
    await ledgers.forgetHere([paymentId]);
    const { seen } = await looksAt(paymentId);
    expect(seen).toEqual([
      { kind: 'attempt_missing', provider, paymentId, reference, here: undefined, there: 'captured 1999 EUR' },
    ]);
    await side().forget(reference);
  });

  it('compares a long period in parts, each attempt once, by clocks that do not agree', async () => {
    const ids = Array.from({ length: 2_300 }, (_, index) => inSpring(index * 250));
    await ledgers.sql(
      `INSERT INTO payment.attempts (id, order_id, status, amount, currency, method, provider, version)
       SELECT id, $2 || position, 'failed', 5, 'EUR', 'card', $3, 1 FROM unnest($1::text[]) WITH ORDINALITY AS input (id, position)`,
      [ids, newId('order'), provider],
    );
    const misplaced = ids[2_200]!;
    await ledgers.sql(
      `UPDATE payment.attempts SET status = 'captured', captured_amount = 5, captured_currency = 'EUR', provider_reference = id WHERE id = $1`,
      [misplaced],
    );
    const period = { from: new Date('2026-02-28T00:00:00Z'), to: new Date('2026-03-02T00:00:00Z') };
    const differences: LedgerDifference[] = [];
    const onDifference = (difference: LedgerDifference) => void differences.push(difference);
    const compared: number[] = [];
    for (let { from } = period; from < period.to;) {
      const part = { from, to: period.to };
      const done = await ledgers.bench.get(ReconcileLedgers).run(provider, part, { repair: false, onDifference });
      compared.push(done.compared);
      from = done.until;
    }
    expect(compared.reduce((sum, count) => sum + count, 0)).toBe(2_300);
    expect(compared.length).toBe(3);
    expect(differences.map(({ kind, paymentId }) => [kind, paymentId])).toEqual([['captured_only_here', misplaced]]);
    await ledgers.forgetHere(ids);
  });

  it('asks about an attempt that the provider made at another time than we did', async () => {
    const { reference } = await ledgers.captured(provider);
    await side().moveTo(reference, new Date('2026-04-01T00:00:00Z'));
    expect((await ledgers.reconcile(provider)).differences).toEqual([]);
    const period = { from: new Date('2026-03-31T00:00:00Z'), to: new Date('2026-04-02T00:00:00Z') };
    const done = await ledgers.bench
      .get(ReconcileLedgers)
      .run(provider, period, { repair: false, onDifference: unexpected });
    expect(done).toMatchObject({ compared: 0, until: period.to });
  });

  it('agrees again after all of this', async () => {
    expect((await ledgers.reconcile(provider)).differences).toEqual([]);
  });
});
