import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { SandboxDisputeDue, SandboxTaskDue } from '#contracts';
import type { Tx } from '#database';
import { uuidV7, type Id } from '#kernel';
import { later, Schedule } from '#messaging';
import type { ProviderPayment, ProviderRefund } from '../provider-answers.js';
import type { DisputeStatus } from '../../persistence/dispute.entity.js';
import type { Charge } from './sandbox-ledger.js';
import type { LedgerRefund } from './sandbox-refunds.js';

/** Body of a webhook of the sandbox. */
export type SandboxEvent = {
  readonly type: string;
  readonly timestamp: string;
  readonly data: SandboxPaymentData | SandboxRefundData | SandboxDisputeData;
};

export interface SandboxPaymentData {
  readonly paymentId: Id<'pay'>;
  readonly orderId: string;
  readonly payment: ProviderPayment;
}

export interface SandboxRefundData {
  readonly refundId: Id<'rfd'>;
  readonly paymentReference: string;
  readonly amount: { readonly amount: number; readonly currency: string };
  readonly refund: ProviderRefund;
}

export interface SandboxDisputeData {
  readonly disputeReference: string;
  readonly paymentReference: string;
  readonly status: DisputeStatus;
}

/** How much later than the change in the ledger an unreliable sandbox sends its webhooks, at the most. */
const DELAY_MAX_MS = 8_000;
const SHARE_LOST = 0.1;
const SHARE_DOUBLED = 0.5;

/**
 * Notes that the shop is to be notified of a change, in the transaction of the change. `PAYMENT_SANDBOX_WEBHOOKS` decides what is sent:
 * what no answer has said (`needed`), everything (`all`), everything but late, doubled, out of order and sometimes not at all
 * (`unreliable`), or nothing (`off`).
 */
@Injectable()
export class SandboxWebhooks {
  constructor(
    private readonly schedule: Schedule,
    private readonly config: Config,
  ) {}

  /** @param isAnswered whether the answer to a call says it, too */
  payment(tx: Tx, charge: Charge, payment: ProviderPayment, isAnswered: boolean): Promise<void> {
    const paymentId = charge.idempotencyKey as Id<'pay'>;
    const data = { paymentId, orderId: charge.merchantReference, payment };
    return this.announce(tx, `payment.${payment.status}`, data, isAnswered);
  }

  refund(tx: Tx, booked: LedgerRefund, refund: ProviderRefund, isAnswered: boolean): Promise<void> {
    const { idempotencyKey, chargeReference: paymentReference, amount, currency } = booked;
    const data = { refundId: idempotencyKey as Id<'rfd'>, paymentReference, amount: { amount, currency }, refund };
    return this.announce(tx, `refund.${refund.status}`, data, isAnswered);
  }

  dispute(tx: Tx, paymentReference: string, status: DisputeStatus): Promise<void> {
    const data = { disputeReference: `dispute_of_${paymentReference}`, paymentReference, status };
    return this.announce(tx, `dispute.${status}`, data, false);
  }

  async disputeLater(tx: Tx, reference: string, status: DisputeStatus): Promise<void> {
    const due = { inMs: this.config.PAYMENT_SANDBOX_DELAY_MS };
    const data = { reference, status };
    await this.schedule.put(tx, [later(SandboxDisputeDue, { subject: `${reference}/${status}`, due, data })]);
  }

  /** Has the sandbox finish a payment or refund that it left open. */
  async settleLater(tx: Tx, reference: string): Promise<void> {
    const due = { inMs: this.config.PAYMENT_SANDBOX_DELAY_MS };
    const data = { task: 'settle', reference } as const;
    await this.schedule.put(tx, [later(SandboxTaskDue, { subject: reference, due, data })]);
  }

  private async announce(tx: Tx, type: string, data: SandboxEvent['data'], isAnswered: boolean): Promise<void> {
    const delays = this.delays(isAnswered);
    if (delays.length === 0) return;
    const event: SandboxEvent = { type, timestamp: new Date().toISOString(), data };
    const webhookId = `msg_${uuidV7()}`;
    await tx.query('INSERT INTO payment.sandbox_webhooks (id, body) VALUES ($1, $2)', [
      webhookId,
      JSON.stringify(event),
    ]);
    const task = { task: 'deliver', webhookId, tries: 0 } as const;
    const messages = delays.map((inMs, copy) =>
      later(SandboxTaskDue, { subject: `${webhookId}/${copy}`, due: { inMs }, data: task }),
    );
    await this.schedule.put(tx, messages);
  }

  /** One delay for each time that the webhook is sent, in milliseconds. */
  private delays(isAnswered: boolean): number[] {
    const mode = this.config.PAYMENT_SANDBOX_WEBHOOKS;
    if (mode === 'off' || (mode === 'needed' && isAnswered)) return [];
    if (mode !== 'unreliable') return [0];
    if (Math.random() < SHARE_LOST) return [];
    const copies = Math.random() < SHARE_DOUBLED ? 2 : 1;
    return Array.from({ length: copies }, () => Math.round(Math.random() * DELAY_MAX_MS));
  }
}
