import type { Reader } from '#database';
import { idSchema, Money } from '#kernel';
import type { LedgerPage, Period } from '../provider-answers.js';
import { paymentOf } from './sandbox-answers.js';
import { CHARGE_COLUMNS, type Charge } from './sandbox-ledger.js';

const PAGE_MAX = 100;

const PAGE = `
  SELECT ${CHARGE_COLUMNS}, (SELECT coalesce(sum(refund.amount), 0)::float8 FROM payment.sandbox_refunds AS refund
    WHERE refund.charge_reference = charge.reference AND refund.status <> 'failed') AS refunded
  FROM payment.sandbox_charges AS charge
  WHERE booked_at >= $1 AND booked_at < $2 AND ($3::text IS NULL OR (booked_at, idempotency_key) >
    (SELECT booked_at, idempotency_key FROM payment.sandbox_charges WHERE idempotency_key = $3))
  ORDER BY booked_at, idempotency_key LIMIT ${PAGE_MAX}`;

/** A page of the sandbox's ledger, oldest first. @param pages where the sandbox's page for buyers is */
export async function listCharges(
  db: Reader,
  { from, to }: Period,
  cursor: string | undefined,
  pages: string,
): Promise<LedgerPage> {
  const { rows } = await db.query<Charge & { readonly refunded: number }>(PAGE, [from, to, cursor ?? null]);
  const entries = rows.map((charge) => ({
    paymentId: idSchema('pay').safeParse(charge.idempotencyKey).data,
    reference: charge.reference,
    payment: paymentOf(charge, pages),
    refunded: Money.of(charge.refunded, charge.currency),
  }));
  return { entries, next: rows.length < PAGE_MAX ? undefined : rows.at(-1)?.idempotencyKey };
}
