import { col, statement, type Tx } from '#database';
import { Money, type Currency, type Id } from '#kernel';

/** A payment that took money, and how much of it is left to give back. */
export interface Refundable {
  readonly paymentId: Id<'pay'>;
  readonly left: Money;
  /** The buyer's bank asks for it, or has got it. */
  readonly isDisputed: boolean;
}

export const LOCK_CAPTURED = statement(
  `SELECT id FROM payment.attempts WHERE order_id = $1 AND status = 'captured' ORDER BY id FOR UPDATE`,
  { id: col.text() },
);

export const REFUNDABLE = statement(
  `SELECT attempt.id AS "paymentId", attempt.captured_currency AS currency,
            (attempt.captured_amount - coalesce(sum(refund.amount) FILTER (WHERE refund.status <> 'failed'), 0))::bigint AS left,
            EXISTS (SELECT FROM payment.disputes WHERE payment_id = attempt.id AND status <> 'won') AS "isDisputed"
     FROM payment.attempts AS attempt LEFT JOIN payment.refunds AS refund ON refund.payment_id = attempt.id
     WHERE attempt.order_id = $1 AND attempt.status = 'captured'
     GROUP BY attempt.id ORDER BY 3 DESC, attempt.id`,
  {
    paymentId: col.text<Id<'pay'>>(),
    currency: col.orNull(col.char<Currency>()),
    left: col.bigint(),
    isDisputed: col.boolean(),
  },
);

/**
 * Locks the captured payments of an order and returns those of which something is left, the one with the most first. What is being given
 * back counts as given back; a refund that has failed for good does not.
 */
export async function lockRefundable(tx: Tx, orderId: Id<'order'>): Promise<Refundable[]> {
  await tx.query(LOCK_CAPTURED, [orderId]);
  // After the lock, so that it sees what those who held it before have written.
  const { rows } = await tx.query(REFUNDABLE, [orderId]);
  return rows.flatMap(({ paymentId, left, currency, isDisputed }) =>
    currency === null || left <= 0 ? [] : [{ paymentId, left: Money.of(left, currency), isDisputed }],
  );
}
