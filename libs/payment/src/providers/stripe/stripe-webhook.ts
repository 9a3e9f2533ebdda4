import type { Stripe } from 'stripe';
import { idSchema, type Id } from '#kernel';
import {
  InvalidWebhookSignature,
  type ProviderEvent,
  type ProviderFact,
  type WebhookRequest,
} from '../provider-events.js';
import { fromStripe } from './stripe-amount.js';
import { paymentOf, refundOf } from './stripe-answers.js';

const TOLERANCE_SECONDS = 300;

/** @throws {InvalidWebhookSignature} when none of the live secrets agrees, or the event is too old */
export function readStripeWebhook(
  stripe: Stripe,
  secrets: readonly string[],
  { rawBody, headers }: WebhookRequest,
  now: Date,
): ProviderEvent {
  const header = headers['stripe-signature'];
  if (typeof header !== 'string') throw new InvalidWebhookSignature('the header Stripe-Signature is missing');
  assertNotAhead(header, now);
  const event = verified(secrets, (secret) =>
    stripe.webhooks.constructEvent(rawBody, header, secret, TOLERANCE_SECONDS, undefined, now.getTime()),
  );
  return { id: event.id, type: event.type, fact: factOf(event) };
}

/** The library counts age only; a time that lies ahead is refused here. */
function assertNotAhead(header: string, now: Date): void {
  const seconds = Number(/(?:^|,)t=(\d{1,12})(?:,|$)/.exec(header)?.[1]);
  if (seconds - now.getTime() / 1_000 <= TOLERANCE_SECONDS) return;
  throw new InvalidWebhookSignature('the timestamp is missing or too new');
}

function verified(secrets: readonly string[], read: (secret: string) => Stripe.Event): Stripe.Event {
  for (const secret of secrets) {
    try {
      return read(secret);
    } catch (error) {
      if (!isSignatureError(error)) throw error;
    }
  }
  throw new InvalidWebhookSignature('no signature agrees');
}

const isSignatureError = (error: unknown): boolean =>
  error instanceof Error && 'type' in error && error.type === 'StripeSignatureVerificationError';

/** The events that are needed, and what they are about. Each carries the whole object as it was at that time. */
const PAYMENTS: ReadonlySet<string> = new Set([
  'payment_intent.succeeded',
  'payment_intent.processing',
  'payment_intent.requires_action',
  'payment_intent.amount_capturable_updated',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
]);
const REFUNDS: ReadonlySet<string> = new Set(['refund.created', 'refund.updated', 'refund.failed']);
const DISPUTES: ReadonlySet<string> = new Set(['charge.dispute.created', 'charge.dispute.closed']);

function factOf({ type, data }: Stripe.Event): ProviderFact | undefined {
  if (PAYMENTS.has(type)) return paymentFact(data.object as Stripe.PaymentIntent);
  if (REFUNDS.has(type)) return refundFact(data.object as Stripe.Refund);
  if (DISPUTES.has(type)) return disputeFact(data.object as Stripe.Dispute);
  return undefined;
}

function paymentFact(intent: Stripe.PaymentIntent): ProviderFact {
  return { about: 'payment', paymentId: idIn(intent.metadata, 'pay'), payment: paymentOf(intent) };
}

function refundFact(refund: Stripe.Refund): ProviderFact | undefined {
  const paymentReference = referenceOf(refund.payment_intent);
  if (paymentReference === undefined) return undefined;
  const amount = fromStripe(refund);
  return {
    about: 'refund',
    refundId: idIn(refund.metadata, 'rfd'),
    paymentReference,
    amount,
    refund: refundOf(refund),
  };
}

function disputeFact({
  id: disputeReference,
  payment_intent: intent,
  status,
}: Stripe.Dispute): ProviderFact | undefined {
  const paymentReference = referenceOf(intent);
  if (paymentReference === undefined) return undefined;
  const isWon = status === 'won' || status === 'warning_closed' || status === 'prevented';
  const decision = isWon ? 'won' : status === 'lost' ? 'lost' : 'open';
  return { about: 'dispute', paymentReference, disputeReference, status: decision };
}

const referenceOf = (intent: string | Stripe.PaymentIntent | null): string | undefined =>
  typeof intent === 'string' ? intent : intent?.id;

/** Under the names that `stripe-provider.ts` writes. Payments that others make in the same account have no such id. */
function idIn<P extends string>(metadata: Stripe.Metadata | null, prefix: P): Id<P> | undefined {
  return idSchema(prefix).safeParse(metadata?.[prefix === 'pay' ? 'payment_id' : 'refund_id']).data;
}
