import type { Stripe } from 'stripe';
import type { NextAction, ProviderPayment, ProviderRefund } from '../provider-answers.js';
import { fromStripe } from './stripe-amount.js';

/** What a PaymentIntent says, in the words of the port. */
export function paymentOf(intent: Stripe.PaymentIntent): ProviderPayment {
  const { id: reference, currency } = intent;
  switch (intent.status) {
    case 'succeeded':
      return { status: 'captured', reference, amount: fromStripe({ amount: intent.amount_received, currency }) };
    case 'requires_capture':
      return { status: 'authorized', reference, amount: fromStripe({ amount: intent.amount_capturable, currency }) };
    case 'requires_action':
      return { status: 'requires_action', reference, nextAction: nextActionOf(intent) };
    case 'canceled':
      return declinedOf(intent) ?? { status: 'voided', reference };
    case 'requires_payment_method':
      return declinedOf(intent) ?? { status: 'processing', reference };
    case 'processing':
    case 'requires_confirmation':
    default:
      // Under way, or between its creation and its confirmation, which are one call.
      return { status: 'processing', reference };
  }
}

function declinedOf({ id: reference, last_payment_error: error }: Stripe.PaymentIntent): ProviderPayment | undefined {
  if (error === null) return undefined;
  return { status: 'declined', reference, declineCode: error.decline_code ?? error.code ?? 'declined' };
}

function nextActionOf({ next_action: action, client_secret: clientSecret }: Stripe.PaymentIntent): NextAction {
  const url = action?.redirect_to_url?.url;
  return typeof url === 'string' ? { type: 'redirect', url } : { type: 'client', clientSecret: clientSecret ?? '' };
}

/** What a Refund says, in the words of the port. */
export function refundOf(refund: Stripe.Refund): ProviderRefund {
  const { id: reference } = refund;
  switch (refund.status) {
    case 'succeeded':
      return { status: 'succeeded', reference };
    case 'failed':
    case 'canceled':
      // The key stands for this refund for good: another try is another refund.
      return { status: 'failed', reference, reason: refund.failure_reason ?? refund.status, retryable: false };
    case null:
    default:
      return { status: 'submitted', reference };
  }
}
