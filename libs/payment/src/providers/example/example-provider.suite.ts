import { Money, sleep, type Currency, type Id } from '#kernel';
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
import { verifiedId } from '../sandbox/standard-webhooks.js';
import type { BankNotice, BankPayment, BankRefund, ExampleBank } from './example-bank.suite.js';

const LONGER_THAN_ANY_CALLER_MS = 3_600_000;

/** A third provider: what an adapter has to do, with a bank that is simple enough to see it. */
export class ExampleProvider extends PaymentProvider {
  override readonly name = 'example';
  override readonly keysKeptMs = Number.MAX_SAFE_INTEGER;

  constructor(
    private readonly bank: ExampleBank,
    private readonly webhookSecrets: readonly string[],
  ) {
    super();
  }

  override refusalOf(token: string): string | undefined {
    return token.startsWith('tok_') ? undefined : 'must be a token (tok_…) of the example bank';
  }

  /** Our id is the bank's key, so that the bank knows a repetition. */
  override async create(
    { paymentId, amount, token, capture }: NewPayment,
    signal: AbortSignal,
  ): Promise<ProviderPayment> {
    const payment = this.bank.order({
      key: paymentId,
      cents: amount.amount,
      currency: amount.currency,
      card: token.replace('tok_', ''),
      isReservedOnly: capture === 'manual',
    });
    // An error that says nothing about the money, as when a connection breaks off.
    if (payment === undefined) await sleep(LONGER_THAN_ANY_CALLER_MS, signal);
    return answerOf(payment ?? this.bank.payments.get(paymentId)!);
  }

  override async capture({ reference }: ReferencedPayment): Promise<ProviderPayment> {
    return answerOf(this.bank.move(this.bank.byId(reference), 'paid'));
  }

  /** Answers what it is then: the bank does not cancel what is paid. */
  override async void({ reference }: ReferencedPayment): Promise<ProviderPayment> {
    return answerOf(this.bank.move(this.bank.byId(reference), 'cancelled'));
  }

  override async status({ paymentId }: KnownPayment): Promise<ProviderPayment | undefined> {
    const payment = this.bank.payments.get(paymentId);
    return payment && answerOf(payment);
  }

  override async refund({ refundId, payment, amount }: NewRefund): Promise<ProviderRefund> {
    const refund = this.bank.giveBack({ key: refundId, paymentId: payment.reference, cents: amount.amount });
    return refund === undefined
      ? { status: 'failed', reason: 'more_than_is_left', retryable: false }
      : refundOf(refund);
  }

  override async refundStatus({ refundId }: KnownRefund): Promise<ProviderRefund | undefined> {
    const refund = this.bank.refunds.get(refundId);
    return refund && refundOf(refund);
  }

  override async list({ from, to }: Period, cursor: string | undefined): Promise<LedgerPage> {
    const { payments, next } = this.bank.statement(from, to, Number(cursor ?? 0));
    const entries = payments.map((payment) => ({
      paymentId: payment.key as Id<'pay'>,
      reference: payment.id,
      payment: answerOf(payment),
      refunded: Money.of(this.bank.refundedOf(payment.id), payment.currency as Currency),
    }));
    return { entries, next };
  }

  /** The signature first: what is not signed is not even read. */
  override parseWebhook(request: WebhookRequest, now: Date): ProviderEvent {
    const id = verifiedId(request, this.webhookSecrets, now);
    const { payment, refund } = JSON.parse(request.rawBody.toString('utf8')) as BankNotice;
    const [paymentId, refundId] = [payment.key as Id<'pay'>, refund?.key as Id<'rfd'> | undefined];
    if (refund === undefined)
      return {
        id,
        type: `payment.${payment.state}`,
        fact: { about: 'payment', paymentId, payment: answerOf(payment) },
      };
    const amount = Money.of(refund.cents, payment.currency as Currency);
    return {
      id,
      type: 'refund',
      fact: { about: 'refund', refundId, paymentReference: payment.id, amount, refund: refundOf(refund) },
    };
  }
}

const refundOf = ({ id }: BankRefund): ProviderRefund => ({ status: 'succeeded', reference: id });

/** The bank's words in ours. */
function answerOf({ id: reference, state, cents, currency }: BankPayment): ProviderPayment {
  const amount = Money.of(cents, currency as Currency);
  const url = `https://bank.example/${reference}`;
  const answers: Readonly<Record<BankPayment['state'], ProviderPayment>> = {
    asks_buyer: { status: 'requires_action', reference, nextAction: { type: 'redirect', url } },
    pending: { status: 'processing', reference },
    reserved: { status: 'authorized', reference, amount },
    paid: { status: 'captured', reference, amount },
    cancelled: { status: 'voided', reference },
    refused: { status: 'declined', reference, declineCode: 'refused_by_bank' },
  };
  return answers[state];
}
