import type { Invariant } from '#database';
import { LIVE, MOVES } from '../domain/payment-status.js';

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(', ');
const LEGAL = MOVES.map(([from, to]) => `('${from}', '${to}')`).join(', ');

export const paymentInvariants: readonly Invariant[] = [
  {
    name: 'payment_one_charge_an_order',
    description: 'The provider has taken the money of an order at most once.',
    sql: `SELECT merchant_reference AS order_id, count(*) AS charges FROM payment.sandbox_charges
          WHERE outcome = 'captured' GROUP BY merchant_reference HAVING count(*) > 1`,
  },
  {
    name: 'payment_ledgers_agree',
    description:
      'What the shop believes of a payment that has ended is what stands in the provider’s books, to the cent.',
    sql: `SELECT coalesce(attempt.id, charge.idempotency_key) AS payment_id, attempt.status, charge.outcome
          FROM payment.attempts AS attempt
          FULL JOIN payment.sandbox_charges AS charge ON charge.idempotency_key = attempt.id
          WHERE attempt.id IS NULL
             OR (attempt.status = 'captured' AND (charge.outcome, charge.reference, charge.amount, charge.currency)
                 IS DISTINCT FROM ('captured', attempt.provider_reference, attempt.amount, attempt.currency))
             OR (attempt.status = 'declined' AND charge.outcome IS DISTINCT FROM 'declined')
             OR (attempt.status = 'failed' AND coalesce(charge.outcome, '') NOT IN ('failed', 'closed'))`,
  },
  {
    name: 'payment_one_live_attempt',
    description: 'An order has at most one attempt that may still take money, and none beside a captured one.',
    sql: `SELECT order_id, count(*) AS attempts FROM payment.attempts
          WHERE status IN (${quoted([...LIVE, 'captured'])}) GROUP BY order_id HAVING count(*) > 1`,
  },
  {
    name: 'payment_history_is_a_path',
    description:
      'The history of an attempt begins with created, makes legal moves only, and ends in its present state.',
    sql: `WITH step AS (
            SELECT payment_id, sequence, from_status, to_status,
                   lag(to_status) OVER attempt AS before, row_number() OVER attempt AS position
            FROM payment.history WINDOW attempt AS (PARTITION BY payment_id ORDER BY sequence)
          ), last AS (
            SELECT DISTINCT ON (payment_id) payment_id, sequence, to_status FROM step ORDER BY payment_id, sequence DESC
          )
          SELECT payment_id, sequence FROM step
          WHERE sequence <> position OR from_status IS DISTINCT FROM before
             OR (position = 1 AND to_status <> 'created')
             OR (position > 1 AND (from_status, to_status) NOT IN (${LEGAL}))
          UNION ALL
          SELECT attempt.id, last.sequence FROM payment.attempts AS attempt
          LEFT JOIN last ON last.payment_id = attempt.id
          WHERE (last.to_status, last.sequence) IS DISTINCT FROM (attempt.status, attempt.version)`,
  },
  {
    name: 'payment_end_has_its_event',
    description: 'Captured and declined attempts have stated exactly one event, others none.',
    sql: `SELECT id AS payment_id, status, last_sequence FROM payment.attempts
          WHERE last_sequence <> CASE WHEN status IN ('captured', 'declined') THEN 1 ELSE 0 END`,
  },
];
