import type { Tx } from '#database';
import type { Id, Money } from '#kernel';

export interface NewAttempt {
  readonly paymentId: Id<'pay'>;
  readonly orderId: Id<'order'>;
  readonly amount: Money;
  readonly provider: string;
  /** Who pays: `guest` or `customer:…`. */
  readonly actor: string;
  /** Attempts that the order may have, this one included. */
  readonly attemptsMax: number;
}

/** Writes an attempt that is about to be sent to the provider. False when the order has used up its attempts. */
export async function openAttempt(tx: Tx, attempt: NewAttempt): Promise<boolean> {
  const { count } = await tx.query(
    `WITH opened AS (
       INSERT INTO payment.attempts (id, order_id, status, amount, currency, method, provider, version)
       SELECT $1, $2, 'processing', $3, $4, 'card', $5, 2
       WHERE (SELECT count(*) FROM payment.attempts WHERE order_id = $2) < $6
       RETURNING id
     )
     INSERT INTO payment.history (payment_id, sequence, from_status, to_status, actor)
     SELECT opened.id, step.sequence, step.from_status, step.to_status, $7
     FROM opened, (VALUES (1, NULL, 'created'), (2, 'created', 'processing')) AS step (sequence, from_status, to_status)`,
    [
      attempt.paymentId,
      attempt.orderId,
      attempt.amount.amount,
      attempt.amount.currency,
      attempt.provider,
      attempt.attemptsMax,
      attempt.actor,
    ],
  );
  return count > 0;
}
