import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Config } from '#config';
import { OrderPayments } from '#contracts';
import { Transactions } from '#database';
import { newId, type Id } from '#kernel';
import { MessagingModule } from '#messaging';
import { Metrics } from '#observability';
import { createTestDatabase } from '../../../../test/support/test-database.js';
import { Payments1764000050001 } from '../persistence/migrations/1764000050001-payments.js';
import { QueryReminders1764000150002 } from '../persistence/migrations/1764000150002-query-reminders.js';
import { attemptById } from '../persistence/find-attempt.js';
import { aPayment, OrdersElsewhere, PaymentBench } from './payment-bench.suite.js';
import { shopInvariants } from '../../../../apps/shop-invariants.js';
import { PaymentProviders } from '../providers/payment-providers.js';
import { ProviderCalls } from '../providers/provider-calls.js';
import { ProviderCircuits } from '../providers/provider-circuits.js';
import { SettleSandbox } from '../providers/sandbox/settle-sandbox.js';
import { statusCheckDelayMs } from './status-check.js';
import { Silent } from './silent-provider.suite.js';
import { FailPayment } from './fail-payment.js';
import { FindOutcome } from './find-outcome.js';
import { ReconcilePayment } from './reconcile-payment.js';
import { RecordOutcomes } from './record-outcomes.js';
import { StartAttempt } from './start-attempt.js';

let bench: PaymentBench;
let silent: Silent;
let askSilent: ReconcilePayment;

beforeAll(async () => {
  bench = await PaymentBench.open();
  silent = new Silent();
  const providers = new PaymentProviders([silent], 'sandbox');
  const metrics = new Metrics();
  const config = bench.get(Config);
  const calls = new ProviderCalls(providers, new ProviderCircuits(metrics), config, metrics);
  const [record, orders] = [bench.get(RecordOutcomes), bench.get(OrderPayments)];
  const findOutcome = new FindOutcome(calls, providers, config);
  askSilent = new ReconcilePayment(bench.transactions, findOutcome, record, orders);
});

afterAll(() => bench.close());

async function started(token = 'tok_success'): Promise<{ paymentId: Id<'pay'>; orderId: Id<'order'> }> {
  const attempt = { paymentId: newId('pay'), orderId: newId('order'), token };
  await bench.transactions.run((tx) => bench.get(StartAttempt).run(tx, attempt, { actor: 'guest' }));
  return attempt;
}

const statusOf = async (paymentId: Id<'pay'>) =>
  (await bench.transactions.read((db) => attemptById(db, paymentId))).status;

/** The question that is due next, and in how many seconds. */
async function nextOf(paymentId: Id<'pay'>) {
  const { rows } = await bench.transactions.read((db) =>
    db.query<{ question: number; seconds: number }>(
      `SELECT (data->>'question')::int AS question, round(extract(epoch FROM due_at - now()))::int AS seconds
       FROM messaging.scheduled WHERE type = 'payment.query_due.v1' AND subject = $1`,
      [paymentId],
    ),
  );
  return rows[0];
}

const commit = (work: Parameters<Transactions['run']>[0]) =>
  bench.transactions.run(async (tx) => void (await work(tx)));

const kept = () => (bench.get(OrderPayments) as OrdersElsewhere).kept;

const distances = (holdTtlSeconds: number) => [0, 1, 2, 3, 4].map((asked) => statusCheckDelayMs(asked, holdTtlSeconds));

const stays = { status: 'unknown' } as const;

describe('an attempt whose outcome is not known', () => {
  it('is asked about from its first moment on, once its own call must have ended', async () => {
    const { paymentId } = await started();
    expect(await nextOf(paymentId)).toEqual({ question: 1, seconds: 10 });
    await bench.transactions.run((tx) => bench.get(RecordOutcomes).run(tx, [{ paymentId, ...stays }]));
    expect(await nextOf(paymentId)).toEqual({ question: 1, seconds: 5 });
  });

  it('is asked about at growing distances for as long as the provider does not say, and its order is kept', async () => {
    const { paymentId, orderId } = await started();
    const seconds: unknown[] = [];
    for (let question = 1; question <= 5; question += 1) {
      kept().length = 0;
      await askSilent.run(paymentId, question, commit);
      expect(kept()).toContain(orderId);
      const next = await nextOf(paymentId);
      expect(next?.question).toBe(question + 1);
      seconds.push(next?.seconds);
    }
    expect(seconds).toEqual([30, 120, 450, 450, 450]);
    expect(await statusOf(paymentId)).toBe('unknown');
  });

  it('waits for a person, too, once the provider has said nothing for a day, until its end is known', async () => {
    const { paymentId } = await bench.anAttempt();
    const age = (hours: number) =>
      bench.transactions.run((tx) =>
        tx.query('UPDATE payment.attempts SET created_at = now() - make_interval(hours => $2) WHERE id = $1', [
          paymentId,
          hours,
        ]),
      );
    const reviewed = async () => {
      await askSilent.run(paymentId, 9, commit);
      return (await bench.transactions.read((db) => attemptById(db, paymentId))).reviewSince;
    };
    await age(23);
    expect(await reviewed()).toBeNull();
    await age(25);
    const since = await reviewed();
    expect(since).toBeInstanceOf(Date);
    expect(await reviewed()).toEqual(since);
    const failing = { paymentId, reason: 'not in the dashboard', actor: 'key:1' };
    const failed = await bench.transactions.run((tx) => new FailPayment(bench.get(RecordOutcomes)).runOne(tx, failing));
    expect(failed).toMatchObject({ status: 'failed', reviewSince: null });
    await expect(
      bench.transactions.run((tx) => new FailPayment(bench.get(RecordOutcomes)).runOne(tx, failing)),
    ).rejects.toMatchObject({ code: 'payment_settled' });
  });

  it('is asked about before the hold of its order runs out, however short it is', () => {
    expect(distances(86_400)).toEqual([5_000, 30_000, 120_000, 600_000, 600_000]);
    expect(distances(120)).toEqual([5_000, 30_000, 60_000, 60_000, 60_000]);
    expect(distances(1)).toEqual([500, 500, 500, 500, 500]);
  });

  it('ends with what the provider says, and is not asked about any more', async () => {
    const { paymentId, orderId } = await started();
    const lost = new AbortController();
    const charging = bench.sandbox.create(aPayment(paymentId, 'tok_timeout', orderId), lost.signal);
    lost.abort(new Error('gave up'));
    await expect(charging).rejects.toThrow('gave up');
    await bench.get(ReconcilePayment).run(paymentId, 1, commit);
    expect(await statusOf(paymentId)).toBe('captured');
    expect(await nextOf(paymentId)).toBeUndefined();
  });

  it('that the provider never saw is sent again with the same key, and taken once', async () => {
    const { paymentId } = await started();
    const reconcile = bench.get(ReconcilePayment);
    await Promise.all([reconcile.run(paymentId, 1, commit), reconcile.run(paymentId, 1, commit)]);
    expect(await statusOf(paymentId)).toBe('captured');
  });

  it('that waits for its buyer does not keep the hold of its order, and is given up when that is over', async () => {
    const { paymentId, orderId } = await started('tok_requires_action');
    await bench.get(ReconcilePayment).run(paymentId, 1, commit);
    expect(await statusOf(paymentId)).toBe('requires_action');
    kept().length = 0;
    await bench.get(ReconcilePayment).run(paymentId, 2, commit);
    expect(kept()).not.toContain(orderId);
    const old = `UPDATE payment.attempts SET created_at = now() - interval '15 minutes' WHERE id = $1`;
    await bench.transactions.run((tx) => tx.query(old, [paymentId]));
    await bench.get(ReconcilePayment).run(paymentId, 3, commit);
    expect(await statusOf(paymentId)).toBe('voided');
    expect(await nextOf(paymentId)).toBeUndefined();
  });

  it('that waits for its provider is captured when the provider has it', async () => {
    const { paymentId } = await started('tok_processing');
    await bench.get(ReconcilePayment).run(paymentId, 1, commit);
    expect(await statusOf(paymentId)).toBe('processing');
    const { providerReference } = await bench.transactions.read((db) => attemptById(db, paymentId));
    await bench.transactions.run((tx) => bench.get(SettleSandbox).run(tx, providerReference!));
    await bench.get(ReconcilePayment).run(paymentId, 2, commit);
    expect(await statusOf(paymentId)).toBe('captured');
  });

  it('is not asked about when its end was recorded first', async () => {
    const { paymentId } = await started('tok_error');
    await bench.get(ReconcilePayment).run(paymentId, 1, commit);
    expect(await statusOf(paymentId)).toBe('failed');
    silent.questions = 0;
    await askSilent.run(paymentId, 2, commit);
    expect(silent.questions).toBe(0);
    expect(await nextOf(paymentId)).toBeUndefined();
  });

  it('is not asked about again when its end was recorded while the provider kept silent', async () => {
    const { paymentId } = await started('tok_error');
    await askSilent.run(paymentId, 1, async (work) => {
      await bench.get(ReconcilePayment).run(paymentId, 2, commit);
      await commit(work);
    });
    expect(await statusOf(paymentId)).toBe('failed');
    expect(await nextOf(paymentId)).toBeUndefined();
  });

  it('is missed by an invariant when nobody will ask', async () => {
    const invariant = shopInvariants.find(({ name }) => name === 'shop_payment_outcome_is_found')!;
    const missed = () => bench.transactions.read(async (db) => (await db.query(invariant.sql)).rows);
    expect(await missed()).toEqual([]);
    const { paymentId } = await started();
    expect(await missed()).toEqual([]);
    const late = `UPDATE messaging.scheduled SET due_at = now() - interval '61 seconds' WHERE subject = $1`;
    await bench.transactions.run((tx) => tx.query(late, [paymentId]));
    expect(await missed()).toEqual([{ payment_id: paymentId, status: 'created' }]);
  });
});

describe('attempts of an earlier release', () => {
  it('are asked about when they were to be, if they are open', async () => {
    const earlier = { entities: [], migrations: [Payments1764000050001] };
    const database = await createTestDatabase([MessagingModule.schema, earlier]);
    const migrations = [QueryReminders1764000150002];
    const update = new DataSource({ type: 'postgres', url: database.url, migrations, installExtensions: false });
    await update.initialize();
    const [open, ended] = [newId('pay'), newId('pay')];
    await update.query(
      `INSERT INTO payment.attempts (id, order_id, status, amount, currency, method, provider, next_query_at, queries, version)
       VALUES ($1, 'order_1', 'unknown', 1, 'EUR', 'card', 'sandbox', now() + interval '90 s', 2, 3),
              ($2, 'order_2', 'failed', 1, 'EUR', 'card', 'sandbox', NULL, 0, 3)`,
      [open, ended],
    );
    await update.runMigrations();
    const scheduled = await update.query(
      `SELECT type, source, subject, data, round(extract(epoch FROM due_at - now()) / 10)::int AS tens FROM messaging.scheduled`,
    );
    expect(scheduled).toEqual([
      {
        type: 'payment.query_due.v1',
        source: 'payment.reminder',
        subject: open,
        data: { paymentId: open, question: 3 },
        tens: 9,
      },
    ]);
    await update.destroy();
    await database.drop();
  });
});
