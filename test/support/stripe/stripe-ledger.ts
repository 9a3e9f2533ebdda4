import { randomUUID } from 'node:crypto';
import { invalidRequest, StripeRefusal, type Intent, type Refund } from './stripe-objects.js';

/** Parameters of a request; nested ones by their names in brackets, as they are sent. */
export type Params = Readonly<Record<string, string>>;

type Notify = (type: string, object: Intent | Refund) => void;

const newId = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`;

/** What the stand-in has taken and given back. Test cards are distinguished by their names, as Stripe's own are. */
export class StripeLedger {
  readonly intents = new Map<string, Intent>();
  readonly refunds = new Map<string, Refund>();

  /** @param notify called with each change that Stripe would send a webhook for */
  constructor(private readonly notify: Notify) {}

  createMethod(params: Params): { id: string; object: string } {
    const token = params['card[token]'] ?? '';
    if (token === 'tok_unknown') throw invalidRequest('resource_missing');
    return { id: token.replace(/^tok_/, 'pm_'), object: 'payment_method' };
  }

  createIntent(params: Params): Intent {
    const intent = this.newIntent(params);
    if (intent.amount > 99_999_999) throw invalidRequest('amount_too_large');
    this.intents.set(intent.id, intent);
    this.confirm(intent, params);
    return intent;
  }

  /** The buyer does their step. */
  decide(id: string, decision: 'approve' | 'decline'): Intent {
    const intent = this.intent(id);
    intent.next_action = null;
    if (decision === 'approve') this.approve(intent);
    else this.decline(intent, { code: 'payment_intent_authentication_failure' });
    return intent;
  }

  /** What was under way ends. */
  settle(id: string): void {
    const refund = this.refunds.get(id);
    if (refund === undefined) return this.approve(this.intent(id));
    refund.status = 'succeeded';
    this.notify('refund.updated', refund);
  }

  capture(id: string): Intent {
    const intent = this.intent(id);
    if (intent.status !== 'requires_capture') throw invalidRequest('payment_intent_unexpected_state');
    intent.amount_capturable = 0;
    this.succeed(intent);
    return intent;
  }

  cancel(id: string): Intent {
    const intent = this.intent(id);
    if (intent.status === 'succeeded' || intent.status === 'canceled') {
      throw invalidRequest('payment_intent_unexpected_state');
    }
    Object.assign(intent, { status: 'canceled', amount_capturable: 0, next_action: null });
    this.notify('payment_intent.canceled', intent);
    return intent;
  }

  intent(id: string): Intent {
    const intent = this.intents.get(id);
    if (intent === undefined) throw invalidRequest('resource_missing', 404);
    return intent;
  }

  refund(id: string): Refund {
    const refund = this.refunds.get(id);
    if (refund === undefined) throw invalidRequest('resource_missing', 404);
    return refund;
  }

  createRefund(params: Params): Refund {
    const intent = this.intent(params['payment_intent'] ?? '');
    const amount = Number(params['amount'] ?? intent.amount_received);
    if (amount > intent.amount_received - this.refundedOf(intent.id)) throw invalidRequest('charge_already_refunded');
    const refund: Refund = {
      id: newId('re'),
      object: 'refund',
      amount,
      currency: intent.currency,
      payment_intent: intent.id,
      metadata: metadataOf(params),
      status: intent.metadata['refunds'] === 'pending' ? 'pending' : 'succeeded',
    };
    this.refunds.set(refund.id, refund);
    this.notify('refund.created', refund);
    return refund;
  }

  /** Newest first. `limit` is obeyed as far as Stripe obeys it: 100 at the most. */
  listIntents(params: Params): { data: Intent[]; hasMore: boolean } {
    const { 'created[gte]': from = '0', 'created[lt]': to = 'Infinity', starting_after: after } = params;
    const all = [...this.intents.values()]
      .toReversed()
      .filter(({ created }) => created >= Number(from) && created < Number(to));
    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const end = start + Math.min(100, Number(params['limit'] ?? 10));
    return { data: all.slice(start, end), hasMore: end < all.length };
  }

  refundedOf(intentId: string): number {
    const refunds = [...this.refunds.values()].filter((refund) => refund.payment_intent === intentId);
    return refunds.filter(({ status }) => status !== 'failed').reduce((sum, { amount }) => sum + amount, 0);
  }

  private newIntent(params: Params): Intent {
    const id = newId('pi');
    return {
      id,
      object: 'payment_intent',
      created: Math.floor(Date.now() / 1_000),
      status: 'requires_payment_method',
      amount: Number(params['amount']),
      amount_received: 0,
      amount_capturable: 0,
      currency: params['currency'] ?? '',
      capture_method: params['capture_method'] ?? 'automatic',
      client_secret: `${id}_secret_${randomUUID()}`,
      metadata: metadataOf(params),
      last_payment_error: null,
      next_action: null,
    };
  }

  private confirm(intent: Intent, params: Params): void {
    const method = params['payment_method'] ?? '';
    if (/declined/i.test(method)) {
      this.decline(intent, { code: 'card_declined', decline_code: 'generic_decline' });
      const error = {
        type: 'card_error',
        code: 'card_declined',
        decline_code: 'generic_decline',
        payment_intent: intent,
      };
      throw new StripeRefusal(402, error);
    }
    if (/threeDSecure/i.test(method)) {
      const url = `https://hooks.stripe.test/redirect/${intent.id}`;
      const isRedirected = params['return_url'] !== undefined;
      intent.status = 'requires_action';
      intent.next_action = isRedirected
        ? { type: 'redirect_to_url', redirect_to_url: { url } }
        : { type: 'use_stripe_sdk' };
      return this.notify('payment_intent.requires_action', intent);
    }
    if (/processing/i.test(method)) {
      intent.status = 'processing';
      return this.notify('payment_intent.processing', intent);
    }
    return this.approve(intent);
  }

  private approve(intent: Intent): void {
    if (intent.capture_method !== 'manual') return this.succeed(intent);
    intent.status = 'requires_capture';
    intent.amount_capturable = intent.amount;
    this.notify('payment_intent.amount_capturable_updated', intent);
  }

  private succeed(intent: Intent): void {
    intent.status = 'succeeded';
    intent.amount_received = intent.amount;
    this.notify('payment_intent.succeeded', intent);
  }

  private decline(intent: Intent, error: NonNullable<Intent['last_payment_error']>): void {
    intent.status = 'requires_payment_method';
    intent.last_payment_error = error;
    this.notify('payment_intent.payment_failed', intent);
  }
}

function metadataOf(params: Params): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => {
      const key = /^metadata\[(\w+)\]$/.exec(name)?.[1];
      return key === undefined ? [] : [[key, value]];
    }),
  );
}
