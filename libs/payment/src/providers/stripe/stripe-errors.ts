import { Stripe } from 'stripe';
import type { ProviderPayment, ProviderRefund } from '../provider-answers.js';
import { CallNotExecuted } from '../payment-provider.js';

const { errors } = Stripe;

/** Before a connection stood, so no request was sent. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Codes of Stripe for a payment that is in another state than the call needs. */
const OTHER_STATE = new Set(['payment_intent_unexpected_state', 'charge_already_captured', 'charge_already_refunded']);

/**
 * What an error says of a payment under this key for good: a card was declined, or Stripe refused the request as such. Stripe keeps the
 * answers of requests that it began to execute, so a refused request took nothing.
 *
 * @throws {CallNotExecuted} @throws the error itself when it leaves the outcome open
 */
export function paymentOfError(error: unknown): ProviderPayment {
  if (error instanceof errors.StripeCardError) {
    const declineCode = error.decline_code ?? error.code ?? 'declined';
    return { status: 'declined', reference: error.payment_intent?.id, declineCode };
  }
  if (isRefusal(error)) return { status: 'failed', reason: error.code ?? 'invalid_request' };
  throw withMeaning(error);
}

/** @throws {CallNotExecuted} @throws the error itself when it leaves the outcome open */
export function refundOfError(error: unknown): ProviderRefund {
  if (isRefusal(error)) return { status: 'failed', reason: error.code ?? 'invalid_request', retryable: true };
  throw withMeaning(error);
}

/** The call came too late or too early: the payment has another state, which is to be read. */
export const isAboutOtherState = (error: unknown): boolean =>
  error instanceof errors.StripeError && OTHER_STATE.has(error.code ?? '');

/** The answer to an earlier request with this key, which had ended in a failure of Stripe's own. */
export const isKeptFailure = (error: unknown): boolean =>
  error instanceof errors.StripeAPIError && error.headers?.['idempotent-replayed'] === 'true';

export const isNotFound = (error: unknown): boolean => error instanceof errors.StripeError && error.statusCode === 404;

/** `CallNotExecuted` for an error that says so. */
export function withMeaning(error: unknown): Error {
  const cause = error instanceof Error ? error : new Error(String(error));
  const isLimit = error instanceof errors.StripeRateLimitError;
  const isKey = error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError;
  if (isLimit || isKey || isNotConnected(error)) return new CallNotExecuted(cause.message, { cause });
  return cause;
}

const isRefusal = (error: unknown): error is Stripe.errors.StripeInvalidRequestError =>
  error instanceof errors.StripeInvalidRequestError && [400, 404].includes(error.statusCode ?? 0);

function isNotConnected(error: unknown): boolean {
  if (!(error instanceof errors.StripeConnectionError)) return false;
  const { detail } = error;
  return typeof detail === 'object' && 'code' in detail && NOT_CONNECTED.has(detail.code);
}
