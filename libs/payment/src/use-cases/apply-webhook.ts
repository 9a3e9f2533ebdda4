import { Injectable } from '@nestjs/common';
import type { Tx } from '#database';
import { UnfoundedEvent } from '#messaging';
import { isRefundOf } from '../persistence/is-refund-of.js';
import { findAttempt } from '../persistence/find-attempt.js';
import { lockWebhook, settleWebhook, type WebhookKey, type WebhookOutcome } from '../persistence/webhook-events.js';
import type { ProviderFact } from '../providers/provider-events.js';
import { RecordRefund } from './record-refund.js';
import { RecordOutcomes } from './record-outcomes.js';

type PaymentFact = Extract<ProviderFact, { about: 'payment' }>;
type RefundFact = Extract<ProviderFact, { about: 'refund' }>;

/**
 * Does what a stored webhook says. The table of states is the rank against reordering: an event that is older than what is known, or
 * says it again, moves nothing and is ignored.
 */
@Injectable()
export class ApplyWebhook {
  constructor(
    private readonly record: RecordOutcomes,
    private readonly refunds: RecordRefund,
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
    return Promise.resolve({ status: 'parked', reason: 'dispute' });
  }

  private async applyRefund(tx: Tx, provider: string, { refundId, refund }: RefundFact): Promise<WebhookOutcome> {
    // Of money that was given back past this module, in the provider's own dashboard: staff must bring the two ledgers together.
    if (refundId === undefined) return { status: 'parked', reason: 'refund_made_elsewhere' };
    if (!(await isRefundOf(tx, provider, refundId))) return { status: 'parked', reason: 'refund_not_found' };
    const isChanged = await this.refunds.run(tx, refundId, refund);
    return isChanged ? { status: 'applied' } : { status: 'ignored', reason: 'known_or_older' };
  }

  private async applyPayment(tx: Tx, provider: string, { paymentId, payment }: PaymentFact): Promise<WebhookOutcome> {
    const attempt = await findAttempt(tx, provider, { paymentId, reference: payment.reference });
    // Of somebody else who uses the same account.
    if (attempt === undefined) {
      return paymentId === undefined
        ? { status: 'ignored', reason: 'payment_of_somebody_else' }
        : { status: 'parked', reason: 'payment_not_found' };
    }
    const isOther =
      attempt.providerReference !== null &&
      attempt.providerReference !== (payment.reference ?? attempt.providerReference);
    if (isOther) return { status: 'parked', reason: 'payment_has_another_reference' };
    const moved = await this.record.run(tx, [{ paymentId: attempt.id, ...payment }]);
    return moved.length > 0 ? { status: 'applied' } : { status: 'ignored', reason: 'known_or_older' };
  }
}
