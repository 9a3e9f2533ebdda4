import type { Tx } from '#database';
import { Money, type Currency, type Id } from '#kernel';

/** A payment that took money, and how much of it is left to give back. */
export interface Refundable {
  readonly paymentId: Id<'pay'>;
  readonly left: Money;
  /** The buyer's bank asks for it, or has got it. */
  readonly isDisputed: boolean;
}

interface Row {
  readonly paymentId: Id<'pay'>;
  readonly left: number;
  readonly currency: Currency;
  readonly isDisputed: boolean;
}

/**
 * Locks the captured payments of an order and returns those of which something is left, the one with the most first. What is being given
 * back counts as given back; a refund that has failed for good does not.
 */
export async function lockRefundable(tx: Tx, orderId: Id<'order'>): Promise<Refundable[]> {
  await tx.query(`SELECT 1 FROM payment.attempts WHERE order_id = $1 AND status = 'captured' ORDER BY id FOR UPDATE`, [
    orderId,
  ]);
  // After the lock, so that it sees what those who held it before have written.
  const { rows } = await tx.query<Row>(
    `SELECT attempt.id AS "paymentId", attempt.captured_currency AS currency,
            (attempt.captured_amount - coalesce(sum(refund.amount) FILTER (WHERE refund.status <> 'failed'), 0))::float8 AS left,
            EXISTS (SELECT FROM payment.disputes WHERE payment_id = attempt.id AND status <> 'won') AS "isDisputed"
     FROM payment.attempts AS attempt LEFT JOIN payment.refunds AS refund ON refund.payment_id = attempt.id
     WHERE attempt.order_id = $1 AND attempt.status = 'captured'
     GROUP BY attempt.id ORDER BY 3 DESC, attempt.id`,
    [orderId],
  );
  return rows
    .map(({ paymentId, left, currency, isDisputed }) => ({ paymentId, left: Money.of(left, currency), isDisputed }))
    .filter(({ left }) => left.amount > 0);
}
