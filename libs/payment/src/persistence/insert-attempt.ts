import { col, statement, type Tx } from '#database';
import type { NewPayment } from '../providers/payment-provider.js';

export interface NewAttempt extends Omit<NewPayment, 'since'> {
  readonly provider: string;
  /** Who pays: `guest` or `customer:…`. */
  readonly actor: string;
  /** Attempts that the order may have, this one included. */
  readonly attemptsMax: number;
}

export const INSERT_ATTEMPT = statement(
  `WITH inserted AS (
       INSERT INTO payment.attempts (id, order_id, status, amount, currency, method, provider, capture, token, return_url, version)
       SELECT $1, $2, 'created', $3, $4, 'card', $5, $8, $9, $10, 1
       WHERE (SELECT count(*) FROM payment.attempts WHERE order_id = $2) < $6
       RETURNING id, created_at
     ), history_rows AS (
       INSERT INTO payment.history (payment_id, sequence, to_status, actor) SELECT id, 1, 'created', $7 FROM inserted
     )
     SELECT created_at AS since FROM inserted`,
  { since: col.timestamptz() },
);

/**
 * Writes an attempt that is about to be sent to the provider. Returns when that was, by PostgreSQL's clock; undefined when the order has
 * used up its attempts.
 */
export async function insertAttempt(tx: Tx, attempt: NewAttempt): Promise<Date | undefined> {
  const { rows } = await tx.query(INSERT_ATTEMPT, [
    attempt.paymentId,
    attempt.orderId,
    attempt.amount.amount,
    attempt.amount.currency,
    attempt.provider,
    attempt.attemptsMax,
    attempt.actor,
    attempt.capture,
    attempt.token,
    attempt.returnUrl ?? null,
  ]);
  return rows[0]?.since;
}
