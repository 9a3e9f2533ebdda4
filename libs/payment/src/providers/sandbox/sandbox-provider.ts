import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { Transactions, type Tx } from '#database';
import { Money, sleep } from '#kernel';
import {
  PaymentProvider,
  type KnownPayment,
  type KnownRefund,
  type NewPayment,
  type NewRefund,
  type ReferencedPayment,
} from '../payment-provider.js';
import type { LedgerPage, Period, ProviderPayment, ProviderRefund } from '../provider-answers.js';
import type { ProviderEvent, WebhookRequest } from '../provider-events.js';
import { paymentOf, refundOf } from './sandbox-answers.js';
import { SandboxLedger, type Charge, type ChargeStatus } from './sandbox-ledger.js';
import { listCharges } from './sandbox-listing.js';
import { sandboxPages } from './sandbox-urls.js';
import { BEHAVIOURS, refundBehaviour, type Behaviour } from './sandbox-tokens.js';
import { readSandboxWebhook } from './sandbox-webhook.js';
import { SandboxWebhooks } from './sandbox-webhooks.js';

/**
 * A provider without real money, for development and tests. It keeps its own ledger in its own transactions, so that what the shop
 * believes can be compared with what the provider did.
 */
@Injectable()
export class SandboxProvider extends PaymentProvider {
  override readonly name = 'sandbox';
  override readonly keysKeptMs = Number.MAX_SAFE_INTEGER;

  constructor(
    private readonly transactions: Transactions,
    private readonly ledger: SandboxLedger,
    private readonly webhooks: SandboxWebhooks,
    private readonly config: Config,
  ) {
    super();
  }

  override refusalOf(token: string): string | undefined {
    if (Object.hasOwn(BEHAVIOURS, token)) return undefined;
    return `is not a token of the sandbox: use one of ${Object.keys(BEHAVIOURS).join(', ')}`;
  }

  override async create(payment: NewPayment, signal: AbortSignal): Promise<ProviderPayment> {
    const behaviour = BEHAVIOURS[payment.token];
    if (behaviour === undefined) throw new Error('The sandbox was given a token that it refuses.');
    const amount = behaviour.takes?.(payment.amount) ?? payment.amount;
    const charge = await this.transactions.run((tx) => this.book(tx, { ...payment, amount }, behaviour));
    if (!Money.equal(Money.of(charge.amount, charge.currency), amount)) {
      throw new Error(`Idempotency key ${payment.paymentId} was used before for another amount.`);
    }
    if (!behaviour.answers) await silence(signal);
    return this.answer(charge);
  }

  override capture({ reference }: ReferencedPayment): Promise<ProviderPayment> {
    return this.change(reference, { from: ['authorized'], to: 'captured' });
  }

  override void({ reference }: ReferencedPayment): Promise<ProviderPayment> {
    return this.change(reference, { from: ['requires_action', 'processing', 'authorized'], to: 'voided' });
  }

  override async status(payment: KnownPayment): Promise<ProviderPayment | undefined> {
    const charge = await this.transactions.read((db) => this.ledger.find(db, payment));
    return charge && this.answer(charge);
  }

  override async refund(refund: NewRefund): Promise<ProviderRefund> {
    return this.transactions.run(async (tx) => {
      const charge = await this.ledger.byReference(tx, refund.payment.reference);
      const behaviour = refundBehaviour(charge?.token ?? '');
      if (behaviour === 'failed') return { status: 'failed', reason: 'refused_by_bank', retryable: true };
      const booked = await this.ledger.refunds.book(tx, refund, behaviour);
      if (booked === undefined) return { status: 'failed', reason: 'more_than_is_left', retryable: false };
      const answer = refundOf(booked.refund);
      if (booked.isNew) {
        await this.webhooks.refund(tx, booked.refund, answer, true);
        if (behaviour === 'submitted') await this.webhooks.settleLater(tx, booked.refund.reference);
      }
      return answer;
    });
  }

  override async refundStatus(refund: KnownRefund): Promise<ProviderRefund | undefined> {
    const booked = await this.transactions.read((db) => this.ledger.refunds.find(db, refund));
    return booked && refundOf(booked);
  }

  override list(period: Period, cursor: string | undefined): Promise<LedgerPage> {
    return this.transactions.read((db) => listCharges(db, period, cursor, sandboxPages(this.config)));
  }

  override parseWebhook(request: WebhookRequest, now: Date): ProviderEvent {
    return readSandboxWebhook(request, this.config.PAYMENT_SANDBOX_WEBHOOK_SECRET, now);
  }

  private async book(
    tx: Tx,
    payment: NewPayment,
    { ledger, declineCode, answers, dispute }: Behaviour,
  ): Promise<Charge> {
    const status = ledger === 'captured' && payment.capture === 'manual' ? 'authorized' : ledger;
    const { charge, isNew } = await this.ledger.book(tx, payment, { status, declineCode });
    if (!isNew) return charge;
    await this.webhooks.payment(tx, charge, this.answer(charge), answers);
    if (charge.status === 'processing') await this.webhooks.settleLater(tx, charge.reference);
    if (dispute !== undefined) await this.webhooks.disputeLater(tx, charge.reference, 'open');
    return charge;
  }

  private change(
    reference: string,
    move: { readonly from: readonly ChargeStatus[]; readonly to: ChargeStatus },
  ): Promise<ProviderPayment> {
    return this.transactions.run(async (tx) => {
      const moved = await this.ledger.move(tx, reference, move);
      if (moved !== undefined) await this.webhooks.payment(tx, moved, this.answer(moved), true);
      const charge = moved ?? (await this.ledger.byReference(tx, reference));
      if (charge === undefined) throw new Error(`The sandbox has no payment ${reference}.`);
      return this.answer(charge);
    });
  }

  private answer(charge: Charge): ProviderPayment {
    return paymentOf(charge, sandboxPages(this.config));
  }
}

/** The answer never comes: waits until the caller gives up. */
async function silence(signal: AbortSignal): Promise<never> {
  const LONGER_THAN_ANY_CALLER_MS = 3_600_000;
  await sleep(LONGER_THAN_ANY_CALLER_MS, signal);
  throw new Error('Nobody gave up waiting for the sandbox within an hour.');
}
