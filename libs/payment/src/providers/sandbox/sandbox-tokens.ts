import type { ChargeStatus } from './sandbox-ledger.js';

interface Behaviour {
  readonly ledger: ChargeStatus;
  readonly declineCode?: string;
  /** False: the caller waits in vain. */
  readonly answers: boolean;
}

/** What each test token makes the sandbox do with a payment. */
export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  tok_success: { ledger: 'captured', answers: true },
  tok_declined: { ledger: 'declined', declineCode: 'card_declined', answers: true },
  tok_requires_action: { ledger: 'requires_action', answers: true },
  tok_processing: { ledger: 'processing', answers: true },
  tok_timeout: { ledger: 'captured', answers: false },
  tok_error: { ledger: 'failed', answers: true },
  tok_refund_fails: { ledger: 'captured', answers: true },
  tok_refund_pending: { ledger: 'captured', answers: true },
};

/** What becomes of a refund of a payment that was made with this token. */
export function refundBehaviour(token: string): 'succeeded' | 'submitted' | 'failed' {
  if (token === 'tok_refund_fails') return 'failed';
  return token === 'tok_refund_pending' ? 'submitted' : 'succeeded';
}
