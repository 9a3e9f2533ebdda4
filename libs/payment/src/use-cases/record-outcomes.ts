import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#config';
import { OrderPayments, PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentVoided } from '#contracts';
import type { Tx } from '#database';
import { Money } from '#kernel';
import { message, Outbox, Schedule, type OutboxMessage } from '#messaging';
import { traceOf, type Trace } from '#observability';
import { filterOpenAttempts } from '../persistence/filter-open-attempts.js';
import { markForReview } from '../persistence/mark-for-review.js';
import { transitionAttempts, type AttemptMove, type MovedAttempt } from '../persistence/transition-attempts.js';
import type { Outcome } from '../providers/provider-calls.js';
import { statusCheckDelayMs, statusCheckAt } from './status-check.js';

/** About attempts with these outcomes the provider is asked again. */
const ASKED_AGAIN: ReadonlySet<Outcome['status']> = new Set(['unknown', 'requires_action', 'processing', 'authorized']);

/** How often is looked whether promised money was captured elsewhere or has run out. */
const PROMISED_CHECK_MS = 12 * 3_600_000;

/**
 * Writes what became of attempts, each once in the list, together with their events. An outcome that comes second
 * changes nothing. About attempts that have not ended the provider is asked again. Returns the attempts that this call moved.
 */
@Injectable()
export class RecordOutcomes {
  private readonly logger = new Logger(RecordOutcomes.name);

  constructor(
    private readonly outbox: Outbox,
    private readonly orders: OrderPayments,
    private readonly schedule: Schedule,
    private readonly config: Config,
  ) {}

  /** @param asked how often the provider has been asked what became of them @param actor who says so */
  async run(tx: Tx, outcomes: readonly Outcome[], asked = 0, actor = 'provider'): Promise<MovedAttempt[]> {
    const moved = await transitionAttempts(tx, outcomes.map(moveOf), actor);
    for (const attempt of moved) await this.notifyOrder(tx, attempt);
    const traces = new Map(outcomes.map((outcome) => [outcome.paymentId, traceOf(outcome)]));
    const events = moved.flatMap((attempt) => eventsOf(attempt, traces.get(attempt.paymentId)));
    if (events.length > 0) await this.outbox.add(tx, events);
    await this.askAgain(tx, outcomes, asked);
    return moved;
  }

  /** The hold of an order is not kept for a buyer who has a step to do: they have the time for which it is held anyway. */
  private async notifyOrder(tx: Tx, { status, orderId }: MovedAttempt): Promise<void> {
    if (status === 'unknown' || status === 'processing' || status === 'authorized') {
      await this.orders.extendWhilePaymentPending(tx, orderId);
    }
    if (status === 'declined' || status === 'failed' || status === 'voided') await this.orders.failed(tx, orderId);
  }

  private async askAgain(tx: Tx, outcomes: readonly Outcome[], asked: number): Promise<void> {
    const unsettled = outcomes.filter(({ status }) => ASKED_AGAIN.has(status)).map(({ paymentId }) => paymentId);
    if (unsettled.length === 0) return;
    const promised = new Set(
      outcomes.filter(({ status }) => status === 'authorized').map(({ paymentId }) => paymentId),
    );
    const { HOLD_TTL_SECONDS, PAYMENT_REVIEW_AFTER_SECONDS } = this.config;
    const inMs = statusCheckDelayMs(asked, HOLD_TTL_SECONDS);
    const open = await filterOpenAttempts(tx, unsettled);
    for (const paymentId of await markForReview(tx, open, PAYMENT_REVIEW_AFTER_SECONDS)) {
      this.logger.error({
        msg: 'a payment waits for a person: the provider does not say what became of it',
        paymentId,
      });
    }
    await this.schedule.put(
      tx,
      open.map((paymentId) => statusCheckAt(paymentId, asked + 1, promised.has(paymentId) ? PROMISED_CHECK_MS : inMs)),
    );
  }
}

function moveOf(outcome: Outcome): AttemptMove {
  const { paymentId, status: to } = outcome;
  if (to === 'unknown') return { paymentId, to };
  const move = { paymentId, to, providerReference: outcome.reference };
  if (to === 'requires_action') return { ...move, nextAction: outcome.nextAction };
  if (to === 'authorized') return { ...move, authorized: outcome.amount };
  if (to === 'captured') return { ...move, captured: outcome.amount };
  if (to === 'declined') return { ...move, declineCode: outcome.declineCode };
  return to === 'failed' ? { ...move, reason: outcome.reason } : move;
}

function eventsOf(attempt: MovedAttempt, trace: Trace | undefined): OutboxMessage[] {
  const { paymentId, orderId, sequence, amount, currency, provider, declineCode } = attempt;
  if (attempt.status === 'captured' || attempt.status === 'authorized') {
    const event = attempt.status === 'captured' ? PaymentCaptured : PaymentAuthorized;
    const data = { paymentId, orderId, amount: Money.of(amount, currency), provider };
    return [message(event, { subject: paymentId, sequence, data, trace })];
  }
  if (attempt.status === 'voided' && attempt.from === 'authorized') {
    return [message(PaymentVoided, { subject: paymentId, sequence, data: { paymentId, orderId }, trace })];
  }
  if (attempt.status === 'declined' && declineCode !== null) {
    return [
      message(PaymentDeclined, {
        subject: paymentId,
        sequence,
        data: { paymentId, orderId, declineCode, currency },
        trace,
      }),
    ];
  }
  return [];
}
