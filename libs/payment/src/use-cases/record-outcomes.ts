import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { OrderPayments, PaymentCaptured, PaymentDeclined } from '#contracts';
import type { Tx } from '#database';
import { Money, type Id } from '#kernel';
import { message, Outbox, Schedule, type OutboxMessage } from '#messaging';
import { transitionAttempts, type AttemptMove, type MovedAttempt } from '../persistence/transition-attempts.js';
import type { ChargeResult } from '../provider/payment-provider.js';
import { filterOpenAttempts } from '../persistence/filter-open-attempts.js';
import { statusCheckDelayMs, statusCheckAt } from './status-check.js';

/** What is known of an attempt now. `unknown`: the provider was called and its answer did not come. */
export type Outcome = { readonly paymentId: Id<'pay'> } & (ChargeResult | { readonly outcome: 'unknown' });

/**
 * Writes what became of attempts, each once in the list, together with the events that tell of it. An outcome that comes second
 * changes nothing. About attempts that stay unknown the provider is asked again. Returns the attempts that this call moved.
 */
@Injectable()
export class RecordOutcomes {
  constructor(
    private readonly outbox: Outbox,
    private readonly orders: OrderPayments,
    private readonly schedule: Schedule,
    private readonly config: Config,
  ) {}

  /** @param asked how often the provider has been asked what became of them */
  async run(tx: Tx, outcomes: readonly Outcome[], asked = 0): Promise<MovedAttempt[]> {
    const moved = await transitionAttempts(tx, outcomes.map(moveOf), 'provider');
    for (const attempt of moved) {
      if (attempt.status === 'unknown') await this.orders.extendWhilePaymentPending(tx, attempt.orderId);
      if (attempt.status === 'declined' || attempt.status === 'failed') await this.orders.failed(tx, attempt.orderId);
    }
    const facts = moved.flatMap(eventsOf);
    if (facts.length > 0) await this.outbox.add(tx, facts);
    await this.askAgain(tx, outcomes, asked);
    return moved;
  }

  private async askAgain(tx: Tx, outcomes: readonly Outcome[], asked: number): Promise<void> {
    const unknown = outcomes.filter(({ outcome }) => outcome === 'unknown').map(({ paymentId }) => paymentId);
    if (unknown.length === 0) return;
    const inMs = statusCheckDelayMs(asked, this.config.HOLD_TTL_SECONDS);
    const open = await filterOpenAttempts(tx, unknown);
    await this.schedule.put(
      tx,
      open.map((paymentId) => statusCheckAt(paymentId, asked + 1, inMs)),
    );
  }
}

function moveOf(known: Outcome): AttemptMove {
  const { paymentId, outcome: to } = known;
  if (to === 'unknown') return { paymentId, to };
  if (to === 'failed') return { paymentId, to, reason: known.reason };
  const { reference: providerReference } = known;
  return to === 'captured'
    ? { paymentId, to, providerReference }
    : { paymentId, to, providerReference, declineCode: known.declineCode };
}

function eventsOf(attempt: MovedAttempt): OutboxMessage[] {
  const { paymentId, orderId, sequence, amount, currency, provider, declineCode } = attempt;
  if (attempt.status === 'captured') {
    const data = { paymentId, orderId, amount: Money.of(amount, currency), provider };
    return [message(PaymentCaptured, { subject: paymentId, sequence, data })];
  }
  if (attempt.status === 'declined' && declineCode !== null) {
    return [
      message(PaymentDeclined, { subject: paymentId, sequence, data: { paymentId, orderId, declineCode, currency } }),
    ];
  }
  return [];
}
