import type { StripeLedger } from './stripe-ledger.js';
import type { Intent, Refund } from './stripe-objects.js';

interface AttemptRow {
  readonly id: string;
  readonly order_id: string;
  readonly status: string;
  readonly provider_reference: string | null;
  readonly captured: number | null;
  readonly currency: string;
}

interface RefundRow {
  readonly id: string;
  readonly status: string;
  readonly provider_reference: string | null;
  readonly amount: number;
}

/** Where an attempt with this status has its payment at Stripe; a failed attempt has none, or one that took nothing. */
const ENDS: Readonly<Record<string, readonly (Intent['status'] | 'none')[]>> = {
  captured: ['succeeded'],
  declined: ['requires_payment_method', 'canceled'],
  voided: ['canceled'],
  failed: ['none', 'requires_payment_method', 'canceled'],
};

interface Database {
  query(sql: string): Promise<{ readonly rows: any[] }>;
}

/**
 * Where the shop's ledger is not Stripe's, in words; empty for a shop in which every payment and refund has ended and is, to the cent, what
 * Stripe has done.
 */
export async function ledgerDifferences(db: Database, ledger: StripeLedger): Promise<string[]> {
  const attempts: { rows: AttemptRow[] } = await db.query(
    `SELECT id, order_id, status, provider_reference, captured_amount::int AS captured, currency
     FROM payment.attempts WHERE provider = 'stripe'`,
  );
  const refunds: { rows: RefundRow[] } = await db.query(
    `SELECT refund.id, refund.status, refund.provider_reference, refund.amount::int FROM payment.refunds AS refund
     JOIN payment.attempts AS attempt ON attempt.id = refund.payment_id WHERE attempt.provider = 'stripe'`,
  );
  return [
    ...ofAttempts(attempts.rows, ledger),
    ...ofRefunds(refunds.rows, ledger),
    ...chargedTwice([...ledger.intents.values()], ledger),
  ];
}

function ofAttempts(attempts: readonly AttemptRow[], ledger: StripeLedger): string[] {
  const byPayment = grouped(ledger.intents.values(), 'payment_id');
  const known = new Set(attempts.map(({ id }) => id));
  const strange = [...byPayment.keys()].filter((id) => !known.has(id));
  return [
    ...strange.map((id) => `Stripe has a payment ${id} that the shop does not know`),
    ...attempts.flatMap((attempt) => ofAttempt(attempt, byPayment.get(attempt.id) ?? [])),
  ];
}

function ofAttempt(attempt: AttemptRow, intents: readonly Intent[]): string[] {
  const { id, status } = attempt;
  const name = `${id} (${status})`;
  if (intents.length > 1) return [`${name}: ${intents.length} payments at Stripe`];
  const [intent] = intents;
  const there = intent?.status ?? 'none';
  if (ENDS[status]?.includes(there) !== true) return [`${name}: ${there} at Stripe`];
  if (status !== 'captured' || intent === undefined) return [];
  const ours = `${attempt.captured} ${attempt.currency} ${attempt.provider_reference}`;
  const theirs = `${intent.amount_received} ${intent.currency.toUpperCase()} ${intent.id}`;
  return ours === theirs ? [] : [`${name}: ${ours} here, ${theirs} at Stripe`];
}

function ofRefunds(refunds: readonly RefundRow[], ledger: StripeLedger): string[] {
  const byRefund = grouped(ledger.refunds.values(), 'refund_id');
  const known = new Set(refunds.map(({ id }) => id));
  const strange = [...byRefund.keys()].filter((id) => !known.has(id));
  const differences = refunds.flatMap(({ id, status, provider_reference: reference, amount }) => {
    const ours = `${status} ${amount} ${reference}`;
    const theirs = (byRefund.get(id) ?? [])
      .map((refund) => `${refund.status} ${refund.amount} ${refund.id}`)
      .join(', ');
    const isNoRefund = status === 'failed' && theirs === '';
    return ours === theirs || isNoRefund ? [] : [`${id}: ${ours} here, ${theirs || 'none'} at Stripe`];
  });
  return [...strange.map((id) => `Stripe has a refund ${id} that the shop does not know`), ...differences];
}

/** Of which not all but one were given back in full. */
function chargedTwice(intents: readonly Intent[], ledger: StripeLedger): string[] {
  const kept = intents.filter(({ id, amount_received: amount }) => amount > ledger.refundedOf(id));
  const byOrder = grouped(kept, 'order_id');
  return [...byOrder].flatMap(([orderId, { length }]) =>
    length > 1 ? [`${orderId} was charged ${length} times`] : [],
  );
}

function grouped<T extends Intent | Refund>(objects: Iterable<T>, key: string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const object of objects) {
    const name = object.metadata[key] ?? 'none';
    groups.set(name, [...(groups.get(name) ?? []), object]);
  }
  return groups;
}
