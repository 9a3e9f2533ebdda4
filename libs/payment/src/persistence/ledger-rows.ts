import { col, statement, type Reader, type RowOf } from '#database';
import { firstIdAt, idMadeAt, Money, type Currency, type Id } from '#kernel';
import type { PaymentStatus } from '../domain/payment-status.js';
import type { LedgerEntry, Period } from '../providers/provider-answers.js';

const SECOND_MS = 1_000;
/** So long an attempt counts as new: its call to the provider may not have ended. */
const NEW_SECONDS = 60;

/** An attempt as it stands beside the provider's entry. */
export interface LedgerRow {
  readonly paymentId: Id<'pay'>;
  readonly status: PaymentStatus;
  readonly reference: string | null;
  /** What was taken, or is to be. */
  readonly amount: Money;
  readonly isNew: boolean;
  /** What must, and what may have been given back by the time that was asked about. */
  readonly refundedMin: number;
  readonly refundedMax: number;
}

// What changed after the provider was asked may be part of its answer or not.
export const LEDGER_ROWS = statement(
  `
  SELECT attempt.id AS "paymentId", attempt.status, attempt.provider_reference AS reference,
         coalesce(captured_amount, authorized_amount, attempt.amount)::bigint AS amount, coalesce(captured_currency, authorized_currency, attempt.currency) AS currency,
         attempt.created_at > now() - interval '${NEW_SECONDS} s' AS "isNew",
         coalesce(sum(refund.amount) FILTER (WHERE refund.status = 'succeeded' AND refund.updated_at < $4), 0)::bigint AS "refundedMin",
         coalesce(sum(refund.amount) FILTER (WHERE refund.status <> 'failed' OR refund.updated_at >= $4), 0)::bigint AS "refundedMax"
  FROM payment.attempts AS attempt LEFT JOIN payment.refunds AS refund ON refund.payment_id = attempt.id
  WHERE attempt.provider = $1 AND (attempt.id = ANY ($2) OR attempt.provider_reference = ANY ($3))
  GROUP BY attempt.id`,
  {
    paymentId: col.text<Id<'pay'>>(),
    status: col.text<PaymentStatus>(),
    reference: col.orNull(col.text()),
    amount: col.bigint(),
    currency: col.char<Currency>(),
    isNew: col.boolean(),
    refundedMin: col.bigint(),
    refundedMax: col.bigint(),
  },
);

export const DATABASE_NOW = statement('SELECT clock_timestamp() AS now', { now: col.timestamptz() });

export const NTH_ATTEMPT = statement(
  `SELECT id FROM payment.attempts WHERE provider = $1 AND id >= $2 AND id < $3 ORDER BY id OFFSET $4 LIMIT 1`,
  { id: col.text<Id<'pay'>>() },
);

export const ATTEMPTS_IN = statement('SELECT id FROM payment.attempts WHERE provider = $1 AND id >= $2 AND id < $3', {
  id: col.text<Id<'pay'>>(),
});

function withMoney({ amount, currency, ...row }: RowOf<typeof LEDGER_ROWS>): LedgerRow {
  return { ...row, amount: Money.of(amount, currency) };
}

/** Now, by PostgreSQL's clock, which times what is recorded. */
export async function databaseNow(db: Reader): Promise<Date> {
  const { rows } = await db.query(DATABASE_NOW);
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL has no time.');
  return row.now;
}

/** The attempts that these entries are about, by our id or the provider's. @param askedAt when the provider was asked for them */
export async function rowsOf(
  db: Reader,
  provider: string,
  about: readonly Pick<LedgerEntry, 'paymentId' | 'reference'>[],
  askedAt: Date,
): Promise<LedgerRow[]> {
  const ids = about.flatMap(({ paymentId }) => paymentId ?? []);
  const { rows } = await db.query(LEDGER_ROWS, [provider, ids, about.map(({ reference }) => reference), askedAt]);
  return rows.map(withMoney);
}

export async function rowOf(db: Reader, provider: string, paymentId: Id<'pay'>): Promise<LedgerRow | undefined> {
  const { rows } = await db.query(LEDGER_ROWS, [provider, [paymentId], [], new Date()]);
  const [row] = rows;
  return row && withMoney(row);
}

/** So much of the beginning of the period, in whole seconds, that about `attemptsMax` attempts were made in it. */
export async function firstPartOf(
  db: Reader,
  provider: string,
  { from, to }: Period,
  attemptsMax: number,
): Promise<Period> {
  const { rows } = await db.query(NTH_ATTEMPT, [
    provider,
    firstIdAt('pay', from),
    firstIdAt('pay', to),
    attemptsMax - 1,
  ]);
  const [last] = rows;
  if (last === undefined) return { from, to };
  const end = (Math.floor(idMadeAt(last.id).getTime() / SECOND_MS) + 1) * SECOND_MS;
  return { from, to: new Date(Math.min(end, to.getTime())) };
}

/** Ids of the attempts that were made in the period, by their ids, which need no index of their own. */
export async function attemptsIn(db: Reader, provider: string, { from, to }: Period): Promise<Id<'pay'>[]> {
  const { rows } = await db.query(ATTEMPTS_IN, [provider, firstIdAt('pay', from), firstIdAt('pay', to)]);
  return rows.map(({ id }) => id);
}
