import { col, statement, type Reader } from '#database';
import { Money, type Currency, type Id } from '#kernel';

export const REFUNDED_SUMS = statement(
  `SELECT coalesce((SELECT sum(amount) FROM payment.refunds WHERE payment_id = attempt.id AND status = 'succeeded'), 0)::bigint
            AS refunded,
          attempt.captured_amount AS captured, attempt.captured_currency AS currency
   FROM payment.attempts AS attempt WHERE attempt.id = $1 AND attempt.status = 'captured'`,
  { refunded: col.bigint(), captured: col.orNull(col.bigint()), currency: col.orNull(col.char<Currency>()) },
);

export interface RefundedSums {
  readonly captured: Money;
  readonly refundedTotal: Money;
  /** What is left of the payment. */
  readonly remaining: Money;
  readonly isFull: boolean;
}

/** What was given back of a captured payment so far. */
export async function refundedSums(db: Reader, paymentId: Id<'pay'>): Promise<RefundedSums> {
  const { rows } = await db.query(REFUNDED_SUMS, [paymentId]);
  const [sums] = rows;
  const { refunded = 0, captured = null, currency = null } = sums ?? {};
  if (captured === null || currency === null) throw new Error(`Payment ${paymentId} has not taken any money.`);
  return {
    captured: Money.of(captured, currency),
    refundedTotal: Money.of(refunded, currency),
    remaining: Money.of(Math.max(0, captured - refunded), currency),
    isFull: refunded >= captured,
  };
}
