import { Injectable } from '@nestjs/common';
import { OrderPayments, PaymentCaptured, PaymentDeclined } from '#contracts';
import type { Tx } from '#database';
import { Money, type Id } from '#kernel';
import { message, Outbox, type OutboxMessage } from '#messaging';
import { moveAttempts, type AttemptMove, type MovedAttempt } from '../move-attempts.js';
import type { ChargeResult } from '../provider/payment-provider.js';
import { FIRST_QUERY_MS } from '../query-schedule.js';

/** What is known of an attempt now. `unknown`: the provider was called and its answer did not come. */
export type Outcome = { readonly paymentId: Id<'pay'> } & (ChargeResult | { readonly outcome: 'unknown' });

/**
 * Writes what became of attempts, each once in the list, together with the events that tell of it. An outcome that comes second
 * changes nothing. Returns the attempts that this call moved.
 */
@Injectable()
export class RecordOutcomes {
  constructor(
    private readonly outbox: Outbox,
    private readonly orders: OrderPayments,
  ) {}

  async run(tx: Tx, outcomes: readonly Outcome[]): Promise<MovedAttempt[]> {
    const moved = await moveAttempts(tx, outcomes.map(moveOf), 'provider');
    for (const attempt of moved) {
      if (attempt.status === 'unknown') await this.orders.keepAlive(tx, attempt.orderId);
      if (attempt.status === 'declined' || attempt.status === 'failed') await this.orders.failed(tx, attempt.orderId);
    }
    const facts = moved.flatMap(factOf);
    if (facts.length > 0) await this.outbox.add(tx, facts);
    return moved;
  }
}

function moveOf(known: Outcome): AttemptMove {
  const { paymentId, outcome: to } = known;
  if (to === 'unknown') return { paymentId, to, nextQueryInMs: FIRST_QUERY_MS };
  if (to === 'failed') return { paymentId, to, reason: known.reason };
  const { reference: providerReference } = known;
  return to === 'captured'
    ? { paymentId, to, providerReference }
    : { paymentId, to, providerReference, declineCode: known.declineCode };
}

function factOf(attempt: MovedAttempt): OutboxMessage[] {
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
