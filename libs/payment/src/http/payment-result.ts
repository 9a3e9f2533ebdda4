import { HttpResult } from '#http';
import type { DomainError } from '#kernel';
import type { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { PaymentDeclinedByProvider, PaymentProviderUnavailable } from '../domain/payment.errors.js';
import { paymentView } from './payment.schemas.js';

/** What the buyer who started this attempt is told about it. */
export function answerOf(attempt: PaymentAttempt): HttpResult | DomainError {
  if (attempt.status === 'declined')
    return new PaymentDeclinedByProvider(attempt.id, attempt.declineCode ?? 'declined');
  if (attempt.status === 'failed') return new PaymentProviderUnavailable(attempt.id);
  return HttpResult.created(paymentView(attempt), { location: `/v1/orders/${attempt.orderId}/payments/${attempt.id}` });
}
