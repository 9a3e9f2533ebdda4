import type { Invariant } from '#database';
import { LIVE, MOVES } from '../domain/payment-status.js';

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(', ');
const LEGAL = MOVES.map(([from, to]) => `('${from}', '${to}')`).join(', ');

export const paymentInvariants: readonly Invariant[] = [
  {
    name: 'payment_one_live_attempt',
    description: 'An order has at most one attempt that may still take money.',
    sql: `SELECT order_id, count(*) AS attempts FROM payment.attempts
          WHERE status IN (${quoted(LIVE)}) GROUP BY order_id HAVING count(*) > 1`,
  },
  {
    name: 'payment_refunds_within_captured',
    description: 'No more is given back of a payment than was taken, and in its currency.',
    sql: `SELECT attempt.id AS payment_id, attempt.captured_amount, sum(refund.amount) AS refunded
          FROM payment.attempts AS attempt JOIN payment.refunds AS refund ON refund.payment_id = attempt.id
          WHERE refund.status <> 'failed' GROUP BY attempt.id
          HAVING attempt.captured_amount IS NULL OR sum(refund.amount) > attempt.captured_amount
             OR bool_or(refund.currency <> attempt.captured_currency)`,
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
    description:
      'An attempt has published one event each time that it was authorized, captured or declined, or that promised money was given up, and no others.',
    sql: `SELECT attempt.id AS payment_id, attempt.status, attempt.last_sequence FROM payment.attempts AS attempt
          WHERE last_sequence <> (SELECT count(*) FROM payment.history
                                  WHERE payment_id = attempt.id AND (to_status IN ('authorized', 'captured', 'declined')
                                    OR (from_status, to_status) = ('authorized', 'voided')))`,
  },
];
