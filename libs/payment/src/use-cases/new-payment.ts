import type { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import type { NewPayment } from '../providers/payment-provider.js';
import type { Of } from '../providers/provider-calls.js';

/** What the provider is sent for the attempt, the same each time. Undefined once it has answered: then nothing is sent any more. */
export function newPaymentOf(attempt: PaymentAttempt): Of<NewPayment> | undefined {
  const { id: paymentId, orderId, money: amount, token, capture, returnUrl, provider, createdAt: since } = attempt;
  if (token === null) return undefined;
  return { paymentId, orderId, amount, token, capture, returnUrl: returnUrl ?? undefined, provider, since };
}
