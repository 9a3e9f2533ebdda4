import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { ReconciliationDue } from '#contracts';
import type { Transactions } from '#database';
import { firstIdAt, newId } from '#kernel';
import { Schedule, type EventData } from '#messaging';
import { findDifferences } from '../persistence/ledger-differences.js';
import { PaymentProviders } from '../providers/payment-providers.js';
import { LedgersOnTrial } from './ledgers-on-trial.suite.js';
import { ReconcileOnSchedule } from './reconcile-on-schedule.js';
import { ScheduleReconciliation } from './schedule-reconciliation.js';

type Progress = EventData<typeof ReconciliationDue>;

let ledgers: LedgersOnTrial;

beforeAll(async () => {
  ledgers = await LedgersOnTrial.open();
});

afterAll(() => ledgers.close());

const DAY_MS = 86_400_000;
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const day = (offset: number) => new Date(today + offset * DAY_MS).toISOString();

const scheduled = () =>
  ledgers.sql<{ subject: string; dueAt: Date; data: Progress }>(
    `SELECT subject, due_at AS "dueAt", data FROM messaging.scheduled WHERE type = $1 ORDER BY subject`,
    [ReconciliationDue.type],
  );

const forget = () => ledgers.sql('DELETE FROM messaging.scheduled WHERE type = $1', [ReconciliationDue.type]);

/** As a worker that starts with this setting. */
const start = (seconds: string) =>
  new ScheduleReconciliation(
    ledgers.bench.transactions,
    ledgers.bench.get(Schedule),
    ledgers.bench.get(PaymentProviders),
    loadConfig({ PAYMENT_RECONCILE_INTERVAL_SECONDS: seconds }),
  ).onApplicationBootstrap();

const commit = (work: Parameters<Transactions['run']>[0]) =>
  ledgers.bench.transactions.run(async (tx) => void (await work(tx)));

const due = (members: Partial<Progress> = {}): Progress => {
  const from = members.from ?? day(0);
  return { provider: 'sandbox', from, to: day(1), next: from, compared: 0, repaired: 0, left: {}, ...members };
};

const run = (progress: Progress) => ledgers.bench.get(ReconcileOnSchedule).run(progress, commit);

const counts = async (provider: string) =>
  Object.fromEntries(
    (await ledgers.bench.transactions.read(findDifferences))
      .filter((count) => count.provider === provider && count.count > 0)
      .map(({ kind, count }) => [kind, count]),
  );

beforeEach(async () => void (await forget()));

it('a worker that starts schedules today’s comparison of each provider, once, for when the day is over', async () => {
  await Promise.all([start('86400'), start('86400')]);
  expect(await scheduled()).toEqual(
    ['sandbox', 'stripe'].map((provider) => ({
      subject: provider,
      dueAt: new Date(today + DAY_MS + 120_000),
      data: due({ provider }),
    })),
  );
  await ledgers.sql(`UPDATE messaging.scheduled SET due_at = now() - interval '3 days' WHERE subject = 'stripe'`);
  const before = await scheduled();
  await start('86400');
  expect(await scheduled()).toEqual(before);
});

it('a worker that starts with 0 ends the comparisons', async () => {
  await start('86400');
  await start('0');
  expect(await scheduled()).toEqual([]);
});

it('a comparison schedules that of the next period, records what only the provider knew, and counts what is left', async () => {
  const [unrecorded, unknownThere] = [await ledgers.sent('sandbox', 'tok_success'), await ledgers.captured('sandbox')];
  await ledgers.sides.sandbox.forget(unknownThere.reference);
  await run(due());
  expect(await ledgers.statusOf(unrecorded.paymentId)).toBe('captured');
  expect(await counts('sandbox')).toEqual({ captured_only_here: 1 });
  expect(await scheduled()).toMatchObject([
    { subject: 'sandbox', dueAt: new Date(today + 2 * DAY_MS + 120_000), data: due({ from: day(1), to: day(2) }) },
  ]);
  await ledgers.forgetHere([unknownThere.paymentId]);
});

it('a later comparison replaces what an earlier one has left, and an earlier one that comes late does not', async () => {
  const { paymentId, reference } = await ledgers.captured('sandbox');
  await ledgers.sides.sandbox.forget(reference);
  await run(due());
  await run(due({ from: day(-1), to: day(0) }));
  expect(await counts('sandbox')).toEqual({ captured_only_here: 1 });
  await ledgers.forgetHere([paymentId]);
  await run(due());
  expect(await counts('sandbox')).toEqual({});
});

it('a long period is compared part by part, and what the parts have left is summed up', async () => {
  const from = '2026-03-01T00:00:00.000Z';
  const ids = Array.from({ length: 1_500 }, (_, second) =>
    firstIdAt('pay', new Date(Date.parse(from) + second * 1_000)),
  );
  await ledgers.sql(
    `INSERT INTO payment.attempts (id, order_id, status, amount, currency, method, provider, version, captured_amount, captured_currency, provider_reference)
     SELECT id, $2 || position, 'captured', 5, 'EUR', 'card', 'stripe', 1, 5, 'EUR', id
     FROM unnest($1::text[]) WITH ORDINALITY AS input (id, position) WHERE position IN (1, 2, 1500)`,
    [ids, newId('order')],
  );
  await ledgers.sql(
    `INSERT INTO payment.attempts (id, order_id, status, amount, currency, method, provider, version)
     SELECT id, $2 || position, 'failed', 5, 'EUR', 'card', 'stripe', 1
     FROM unnest($1::text[]) WITH ORDINALITY AS input (id, position) WHERE position NOT IN (1, 2, 1500)`,
    [ids, newId('order')],
  );
  const period = { provider: 'stripe', from, to: '2026-03-02T00:00:00.000Z' };
  await run(due({ ...period, left: {} }));
  const part = (await scheduled()).find(({ subject }) => subject === `stripe ${from}`);
  expect(part?.data).toEqual({
    ...period,
    next: '2026-03-01T00:16:40.000Z',
    compared: 1_000,
    repaired: 0,
    left: { captured_only_here: 2 },
  });
  expect(await counts('stripe')).toEqual({});
  await run(part!.data);
  expect(await counts('stripe')).toEqual({ captured_only_here: 3 });
});

it('a provider that is not set up any more is not compared, and not scheduled again', async () => {
  await run(due({ provider: 'elsewhere' }));
  expect(await scheduled()).toEqual([]);
});

it('a provider that is silent leaves nothing counted, and the next period scheduled', async () => {
  ledgers.stripe.faultOf = () => 'reset';
  await expect(run(due({ provider: 'stripe' }))).rejects.toThrow('does not answer');
  ledgers.stripe.faultOf = () => undefined;
  expect(await scheduled()).toMatchObject([{ subject: 'stripe', data: { from: day(1) } }]);
}, 60_000);
