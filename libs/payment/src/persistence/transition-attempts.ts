import { PaymentStatusCheckDue } from '#contracts';
import { col, statement, type RowOf, type Tx } from '#database';
import type { Currency, Id, Money } from '#kernel';
import { cancelling } from '#messaging';
import { LIVE, MOVES, type PaymentStatus } from '../domain/payment-status.js';
import type { NextAction } from '../providers/provider-answers.js';

export interface AttemptMove {
  readonly paymentId: Id<'pay'>;
  readonly to: PaymentStatus;
  readonly providerReference?: string | undefined;
  readonly declineCode?: string;
  readonly reason?: string;
  readonly nextAction?: NextAction;
  readonly authorized?: Money;
  readonly captured?: Money;
}

/** States whose reaching is published to other modules; so is that promised money was given up. */
const PUBLISHED: readonly PaymentStatus[] = ['authorized', 'captured', 'declined'];

const NOTHING_LEFT_TO_ASK = cancelling(PaymentStatusCheckDue, 'SELECT id FROM updated WHERE status <> ALL ($6)');

/** The rows are locked first, in one order for everybody, and the decision is made on their state under that lock. */
export const TRANSITION_ATTEMPTS = statement(
  `
  WITH input AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS input ("paymentId" text, "to" text, "providerReference" text, "declineCode" text,
      reason text, "nextAction" jsonb, authorized jsonb, captured jsonb)
  ), current AS MATERIALIZED (
    SELECT id, status FROM payment.attempts WHERE id IN (SELECT "paymentId" FROM input) ORDER BY id FOR UPDATE
  ), updated AS (
    UPDATE payment.attempts AS attempt
    SET status = input."to",
        provider_reference = coalesce(input."providerReference", attempt.provider_reference),
        decline_code = input."declineCode",
        next_action = input."nextAction",
        token = CASE WHEN input."to" = 'unknown' THEN attempt.token END,
        review_since = CASE WHEN input."to" = 'unknown' THEN attempt.review_since END,
        authorized_amount = coalesce((input.authorized->>'amount')::bigint, attempt.authorized_amount),
        authorized_currency = coalesce(input.authorized->>'currency', attempt.authorized_currency),
        captured_amount = (input.captured->>'amount')::bigint,
        captured_currency = input.captured->>'currency',
        last_sequence = attempt.last_sequence + CASE WHEN input."to" = ANY ($4) OR (current.status, input."to") = ('authorized', 'voided') THEN 1 ELSE 0 END,
        version = attempt.version + 1,
        updated_at = now()
    FROM input
    JOIN current ON current.id = input."paymentId"
    JOIN unnest($2::text[], $3::text[]) AS legal (from_status, to_status)
      ON legal.from_status = current.status AND legal.to_status = input."to"
    WHERE attempt.id = current.id
    RETURNING attempt.*, current.status AS from_status, input.reason
  ), history_rows AS (
    INSERT INTO payment.history (payment_id, sequence, from_status, to_status, actor, reason)
    SELECT id, version, from_status, status, $5, reason FROM updated
  ), deleted AS (
    ${NOTHING_LEFT_TO_ASK}
  )
  SELECT id AS "paymentId", order_id AS "orderId", from_status AS "from", status, coalesce(captured_amount, authorized_amount, amount) AS amount,
         coalesce(captured_currency, authorized_currency, currency) AS currency, provider, decline_code AS "declineCode", last_sequence AS sequence
  FROM updated ORDER BY id`,
  {
    paymentId: col.text<Id<'pay'>>(),
    orderId: col.text<Id<'order'>>(),
    from: col.text<PaymentStatus>(),
    status: col.text<PaymentStatus>(),
    amount: col.bigint(),
    currency: col.char<Currency>(),
    provider: col.text(),
    declineCode: col.orNull(col.text()),
    sequence: col.integer(),
  },
);

/** `amount`: what was to be taken, or what was promised or taken. `sequence`: of the event of this move, where one has. */
export type MovedAttempt = RowOf<typeof TRANSITION_ATTEMPTS>;

/**
 * Moves attempts, each once in the list, as far as their state allows, and notes it in their history. Returns those that moved: an
 * attempt whose outcome somebody else recorded first stays as it is. About those that end the provider is not asked any more.
 */
export async function transitionAttempts(
  tx: Tx,
  moves: readonly AttemptMove[],
  actor: string,
): Promise<MovedAttempt[]> {
  const [from, to] = [MOVES.map((move) => move[0]), MOVES.map((move) => move[1])];
  const { rows } = await tx.query(TRANSITION_ATTEMPTS, [JSON.stringify(moves), from, to, PUBLISHED, actor, LIVE]);
  return rows;
}
