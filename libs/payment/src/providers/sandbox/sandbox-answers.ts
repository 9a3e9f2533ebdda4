import { Money } from '#kernel';
import type { ProviderPayment, ProviderRefund } from '../provider-answers.js';
import type { Charge } from './sandbox-ledger.js';
import type { LedgerRefund } from './sandbox-refunds.js';

/** @param pages where the sandbox's page for buyers is: `http://127.0.0.1:3000/sandbox/payments` */
export function paymentOf(charge: Charge, pages: string): ProviderPayment {
  const { reference, status } = charge;
  switch (status) {
    case 'requires_action':
      return { status, reference, nextAction: { type: 'redirect', url: `${pages}/${reference}` } };
    case 'authorized':
    case 'captured':
      return { status, reference, amount: Money.of(charge.amount, charge.currency) };
    case 'declined':
      return { status, reference, declineCode: charge.declineCode ?? 'card_declined' };
    case 'failed':
      return { status, reference, reason: 'provider_error' };
    case 'processing':
    case 'voided':
    default:
      return { status, reference };
  }
}

export function refundOf({ reference, status }: LedgerRefund): ProviderRefund {
  return status === 'failed'
    ? { status, reference, reason: 'refused_by_bank', retryable: true }
    : { status, reference };
}
