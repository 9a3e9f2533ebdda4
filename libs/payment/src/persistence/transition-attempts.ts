import { PaymentStatusCheckDue } from '#contracts';
import type { Tx } from '#database';
import type { Currency, Id } from '#kernel';
import { cancelling } from '#messaging';
import { LIVE, MOVES, type PaymentStatus } from '../domain/payment-status.js';

export interface AttemptMove {
  readonly paymentId: Id<'pay'>;
  readonly to: PaymentStatus;
  readonly providerReference?: string;
  readonly declineCode?: string;
  readonly reason?: string;
}

export interface MovedAttempt {
  readonly paymentId: Id<'pay'>;
  readonly orderId: Id<'order'>;
  readonly status: PaymentStatus;
  readonly amount: number;
  readonly currency: Currency;
  readonly provider: string;
  readonly declineCode: string | null;
  /** Sequence of the event that tells of this move, where one does. */
  readonly sequence: number;
}

/** States whose reaching is told to other modules. */
const TOLD: readonly PaymentStatus[] = ['captured', 'declined'];

const NOTHING_LEFT_TO_ASK = cancelling(PaymentStatusCheckDue, 'SELECT id FROM moved WHERE status <> ALL ($10)');

/**
 * Moves attempts, each once in the list, as far as their state allows, and notes it in their history. Returns those that moved: an
 * attempt whose outcome somebody else recorded first stays as it is. About those that end the provider is not asked any more.
 */
export async function transitionAttempts(
  tx: Tx,
  moves: readonly AttemptMove[],
  actor: string,
): Promise<MovedAttempt[]> {
  // The rows are locked first, in one order for everybody, and the decision is made on their state under that lock.
  const { rows } = await tx.query<MovedAttempt>(
    `WITH wanted AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
         AS wanted (id, status, provider_reference, decline_code, reason)
     ), was AS MATERIALIZED (
       SELECT id, status FROM payment.attempts WHERE id = ANY ($1) ORDER BY id FOR UPDATE
     ), moved AS (
       UPDATE payment.attempts AS attempt
       SET status = wanted.status,
           provider_reference = coalesce(wanted.provider_reference, attempt.provider_reference),
           decline_code = wanted.decline_code,
           last_sequence = attempt.last_sequence + CASE WHEN wanted.status = ANY ($8) THEN 1 ELSE 0 END,
           version = attempt.version + 1,
           updated_at = now()
       FROM wanted
       JOIN was ON was.id = wanted.id
       JOIN unnest($6::text[], $7::text[]) AS legal (from_status, to_status)
         ON legal.from_status = was.status AND legal.to_status = wanted.status
       WHERE attempt.id = wanted.id
       RETURNING attempt.*, was.status AS from_status, wanted.reason
     ), noted AS (
       INSERT INTO payment.history (payment_id, sequence, from_status, to_status, actor, reason)
       SELECT id, version, from_status, status, $9, reason FROM moved
     ), settled AS (
       ${NOTHING_LEFT_TO_ASK}
     )
     SELECT id AS "paymentId", order_id AS "orderId", status, amount, currency, provider, decline_code AS "declineCode",
            last_sequence AS sequence
     FROM moved ORDER BY id`,
    [...columnsOf(moves), MOVES.map(([from]) => from), MOVES.map(([, to]) => to), TOLD, actor, LIVE],
  );
  return rows;
}

function columnsOf(moves: readonly AttemptMove[]): unknown[][] {
  return [
    moves.map((move) => move.paymentId),
    moves.map((move) => move.to),
    moves.map((move) => move.providerReference ?? null),
    moves.map((move) => move.declineCode ?? null),
    moves.map((move) => move.reason ?? null),
  ];
}
