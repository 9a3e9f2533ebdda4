import { Stripe } from 'stripe';
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
import { toStripe, type StripeAmount } from './stripe-amount.js';
import { paymentOf, refundOf } from './stripe-answers.js';
import {
  isAboutOtherState,
  isKeptFailure,
  isNotFound,
  paymentOfError,
  refundOfError,
  withMeaning,
} from './stripe-errors.js';
import { listIntents } from './stripe-listing.js';
import { readStripeWebhook } from './stripe-webhook.js';

/** The answers below are read as this version writes them, whatever the account's own version is. */
const API_VERSION = '2026-10-28.endive';

const HOUR_MS = 3_600_000;
/** Far beyond the minute within which Stripe's search normally finds a new payment. A payment that shows up later is refunded. */
const SEARCH_LAG_MAX_MS = 300_000;
const REFUNDS_A_PAGE = 100;
const REFUND_KEYS_MAX = 10;

export interface StripeOptions {
  readonly secretKey: string;
  /** Live signing secrets of the webhook endpoint: two while one is replaced. */
  readonly webhookSecrets: readonly string[];
  readonly apiBase: string;
  /** How long one HTTP request may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Stripe by PaymentIntents, created and confirmed in one call. */
export class StripeProvider extends PaymentProvider {
  override readonly name = 'stripe';
  /** Stripe keeps keys for at least 24 h; an hour less allows for clocks and queues. */
  override readonly keysKeptMs = 23 * HOUR_MS;

  private readonly stripe: Stripe;

  constructor(private readonly options: StripeOptions) {
    super();
    const { hostname, port, protocol } = new URL(options.apiBase);
    this.stripe = new Stripe(options.secretKey, {
      apiVersion: API_VERSION,
      host: hostname,
      protocol: protocol === 'http:' ? 'http' : 'https',
      ...(port !== '' && { port }),
      timeout: options.timeoutMs,
      // Whoever calls decides about repetitions, and knows the time that is left.
      maxNetworkRetries: 0,
      telemetry: false,
    });
  }

  override refusalOf(token: string): string | undefined {
    return /^(?:tok|pm)_/.test(token) ? undefined : 'must be a token (tok_…) or payment method (pm_…) of Stripe';
  }

  override async create(payment: NewPayment): Promise<ProviderPayment> {
    const amount = toStripe(payment.amount);
    if (amount === undefined) return { status: 'failed', reason: 'amount_not_supported' };
    try {
      const method = await this.methodOf(payment);
      const params = paramsOf(payment, amount, method);
      return paymentOf(await this.stripe.paymentIntents.create(params, { idempotencyKey: payment.paymentId }));
    } catch (error) {
      if (isKeptFailure(error)) return this.afterKeptFailure(payment, error);
      return paymentOfError(error);
    }
  }

  /** Stripe answers the same 500 to every repetition with this key, so nothing more can happen under it: the search decides. */
  private async afterKeptFailure(payment: NewPayment, error: unknown): Promise<ProviderPayment> {
    const found = await this.status({ paymentId: payment.paymentId });
    if (found !== undefined) return found;
    if (Date.now() - payment.since.getTime() < SEARCH_LAG_MAX_MS) throw error;
    return { status: 'failed', reason: 'provider_error' };
  }

  // Without keys: done twice they change nothing more, and a key would bring a failure of Stripe's own again for a day.
  override capture({ reference }: ReferencedPayment): Promise<ProviderPayment> {
    return this.changed(reference, () => this.stripe.paymentIntents.capture(reference));
  }

  override void({ reference }: ReferencedPayment): Promise<ProviderPayment> {
    return this.changed(reference, () => this.stripe.paymentIntents.cancel(reference));
  }

  /** Without a reference it is searched for by our id. The search lags behind by up to a minute, so finding none settles nothing. */
  override async status({ paymentId, reference }: KnownPayment): Promise<ProviderPayment | undefined> {
    try {
      if (reference !== undefined) return paymentOf(await this.stripe.paymentIntents.retrieve(reference));
      const found = await this.stripe.paymentIntents.search({
        query: `metadata['payment_id']:'${paymentId}'`,
        limit: 1,
      });
      const [intent] = found.data;
      return intent === undefined ? undefined : paymentOf(intent);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw withMeaning(error);
    }
  }

  override async refund(refund: NewRefund): Promise<ProviderRefund> {
    const amount = toStripe(refund.amount);
    if (amount === undefined) return { status: 'failed', reason: 'amount_not_supported', retryable: false };
    for (let key = 1; ; key += 1) {
      try {
        return refundOf(await this.sendRefund(refund, amount, key));
      } catch (error) {
        if (!isKeptFailure(error) || key === REFUND_KEYS_MAX) return refundOfError(error);
      }
      // Nothing more can happen under that key. Lists do not lag as searches do: what is not in this one was not done.
      const found = await this.refundStatus(refund);
      if (found !== undefined) return found;
    }
  }

  /** @param key the first one is the id of the refund; another one follows where Stripe answers the same failure to every repetition */
  private sendRefund({ refundId, payment }: NewRefund, { amount }: StripeAmount, key: number): Promise<Stripe.Refund> {
    const metadata = { refund_id: refundId, payment_id: payment.paymentId };
    const idempotencyKey = key === 1 ? refundId : `${refundId}:${key}`;
    return this.stripe.refunds.create({ payment_intent: payment.reference, amount, metadata }, { idempotencyKey });
  }

  override async refundStatus(known: KnownRefund): Promise<ProviderRefund | undefined> {
    try {
      const refund = await this.findRefund(known);
      return refund === undefined ? undefined : refundOf(refund);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw withMeaning(error);
    }
  }

  override async list(period: Period, cursor: string | undefined): Promise<LedgerPage> {
    try {
      return await listIntents(this.stripe, period, cursor);
    } catch (error) {
      throw withMeaning(error);
    }
  }

  override parseWebhook(request: WebhookRequest, now: Date): ProviderEvent {
    return readStripeWebhook(this.stripe, this.options.webhookSecrets, request, now);
  }

  private async findRefund({ refundId, payment, reference }: KnownRefund): Promise<Stripe.Refund | undefined> {
    if (reference !== undefined) return this.stripe.refunds.retrieve(reference);
    const list = this.stripe.refunds.list({ payment_intent: payment.reference, limit: REFUNDS_A_PAGE });
    for await (const refund of list) if (refund.metadata?.['refund_id'] === refundId) return refund;
    return undefined;
  }

  /** A token of a card becomes a payment method first. */
  private async methodOf({ paymentId, token }: NewPayment): Promise<string> {
    if (!token.startsWith('tok_')) return token;
    const key = { idempotencyKey: `${paymentId}:method` };
    return (await this.stripe.paymentMethods.create({ type: 'card', card: { token } }, key)).id;
  }

  private async changed(reference: string, change: () => Promise<Stripe.PaymentIntent>): Promise<ProviderPayment> {
    try {
      return paymentOf(await change());
    } catch (error) {
      if (isAboutOtherState(error)) return paymentOf(await this.stripe.paymentIntents.retrieve(reference));
      throw withMeaning(error);
    }
  }
}

function paramsOf(payment: NewPayment, amount: StripeAmount, method: string): Stripe.PaymentIntentCreateParams {
  const { paymentId, orderId, capture, returnUrl } = payment;
  return {
    ...amount,
    confirm: true,
    capture_method: capture,
    payment_method: method,
    allowed_payment_method_types: ['card'],
    // 3-D Secure: by redirection where the buyer can come back to, otherwise by Stripe's script in the browser.
    ...(returnUrl === undefined ? { use_stripe_sdk: true } : { return_url: returnUrl }),
    metadata: { payment_id: paymentId, order_id: orderId },
  };
}
