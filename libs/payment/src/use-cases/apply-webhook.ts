import { Injectable } from '@nestjs/common';
import type { Tx } from '#database';
import { UnfoundedEvent } from '#messaging';
import { isLive } from '../domain/payment-status.js';
import { isRefundOf } from '../persistence/is-refund-of.js';
import { findAttempt } from '../persistence/find-attempt.js';
import { lockWebhook, settleWebhook, type WebhookKey, type WebhookOutcome } from '../persistence/webhook-events.js';
import type { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import type { ProviderFact } from '../providers/provider-events.js';
import { RecordDispute } from './record-dispute.js';
import { RecordForeignRefund } from './record-foreign-refund.js';
import { RecordRefund } from './record-refund.js';
import { RecordOutcomes } from './record-outcomes.js';

type PaymentFact = Extract<ProviderFact, { about: 'payment' }>;
type RefundFact = Extract<ProviderFact, { about: 'refund' }>;
type DisputeFact = Extract<ProviderFact, { about: 'dispute' }>;

/** It says what is known, or something older. */
const KNOWN: WebhookOutcome = { status: 'ignored', reason: 'known_or_older' };
/** The account is used by somebody else as well. */
const SOMEBODY_ELSES: WebhookOutcome = { status: 'ignored', reason: 'payment_of_somebody_else' };

const parked = (reason: string): WebhookOutcome => ({ status: 'parked', reason });
const appliedIf = (isNew: boolean): WebhookOutcome => (isNew ? { status: 'applied' } : KNOWN);

/**
 * Does what a stored webhook says. The table of states is the rank against reordering: an event that is older than what is known, or
 * says it again, moves nothing and is ignored.
 */
@Injectable()
export class ApplyWebhook {
  constructor(
    private readonly record: RecordOutcomes,
    private readonly refunds: RecordRefund,
    private readonly foreignRefunds: RecordForeignRefund,
    private readonly disputes: RecordDispute,
  ) {}

  /** @throws {UnfoundedEvent} for an event that no provider has sent */
  async run(tx: Tx, key: WebhookKey): Promise<void> {
    const stored = await lockWebhook(tx, key);
    if (stored === undefined) throw new UnfoundedEvent(`No webhook ${key.eventId} of ${key.provider} is stored.`);
    if (stored.fact === undefined) return;
    await settleWebhook(tx, key, await this.outcomeOf(tx, key.provider, stored.fact));
  }

  private outcomeOf(tx: Tx, provider: string, fact: ProviderFact): Promise<WebhookOutcome> {
    if (fact.about === 'payment') return this.applyPayment(tx, provider, fact);
    if (fact.about === 'refund') return this.applyRefund(tx, provider, fact);
    return this.applyDispute(tx, provider, fact);
  }

  private async applyPayment(tx: Tx, provider: string, { paymentId, payment }: PaymentFact): Promise<WebhookOutcome> {
    const attempt = await findAttempt(tx, provider, { paymentId, reference: payment.reference });
    if (attempt === undefined) return paymentId === undefined ? SOMEBODY_ELSES : parked('payment_not_found');
    const isOther =
      attempt.providerReference !== null &&
      attempt.providerReference !== (payment.reference ?? attempt.providerReference);
    if (isOther) return parked('payment_has_another_reference');
    const moved = await this.record.run(tx, [{ paymentId: attempt.id, ...payment }]);
    const isOver = !isLive(attempt.status) && attempt.status !== 'captured';
    // Money is promised for an attempt that has ended: a person must give it up in the provider's dashboard.
    if (moved.length === 0 && isOver && payment.status === 'authorized') return parked('authorized_after_end');
    return appliedIf(moved.length > 0);
  }

  private async applyRefund(tx: Tx, provider: string, fact: RefundFact): Promise<WebhookOutcome> {
    const { refundId, refund, amount } = fact;
    if (refundId !== undefined) {
      if (!(await isRefundOf(tx, provider, refundId))) return parked('refund_not_found');
      return appliedIf(await this.refunds.run(tx, refundId, refund));
    }
    if (refund.status !== 'succeeded') return { status: 'ignored', reason: 'refund_not_final' };
    return this.ofCaptured(tx, provider, fact, async (attempt) => {
      const { reference } = refund;
      const outcome = await this.foreignRefunds.run(tx, attempt, { reference, amount });
      return outcome === 'too_much' ? parked('refund_exceeds_captured') : appliedIf(outcome === 'written');
    });
  }

  private applyDispute(tx: Tx, provider: string, fact: DisputeFact): Promise<WebhookOutcome> {
    // Stored by a release that knew only the payment.
    if ((fact.disputeReference as string | undefined) === undefined)
      return Promise.resolve(parked('dispute_without_reference'));
    return this.ofCaptured(tx, provider, fact, async (attempt) =>
      appliedIf(await this.disputes.run(tx, attempt, fact)),
    );
  }

  /** For what the provider names by its own reference only. */
  private async ofCaptured(
    tx: Tx,
    provider: string,
    { paymentReference: reference }: RefundFact | DisputeFact,
    apply: (attempt: PaymentAttempt) => Promise<WebhookOutcome>,
  ): Promise<WebhookOutcome> {
    const attempt = await findAttempt(tx, provider, { paymentId: undefined, reference });
    if (attempt === undefined) return SOMEBODY_ELSES;
    // The webhook that says so is on its way.
    return attempt.status === 'captured' ? apply(attempt) : parked('payment_not_captured');
  }
}
