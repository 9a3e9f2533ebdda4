import { Money, type Currency } from '#kernel';
import type { ChargeStatus } from './sandbox-ledger.js';

const OVERPAID_BY = 100;

const half = ({ amount, currency }: Money) => Money.of(Math.floor(amount / 2), currency);
const more = ({ amount, currency }: Money) => Money.of(amount + OVERPAID_BY, currency);
const otherCurrency = ({ amount, currency }: Money) =>
  Money.of(amount, (currency === 'EUR' ? 'USD' : 'EUR') as Currency);

export interface Behaviour {
  readonly ledger: ChargeStatus;
  readonly declineCode?: string;
  /** False: the caller waits in vain. */
  readonly answers: boolean;
  /** What it takes instead of what it was asked to. */
  readonly takes?: (asked: Money) => Money;
  /** The buyer's bank asks for the money back later, and decides so after that. */
  readonly dispute?: 'won' | 'lost';
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
  tok_pays_half: { ledger: 'captured', answers: true, takes: half },
  tok_pays_more: { ledger: 'captured', answers: true, takes: more },
  tok_other_currency: { ledger: 'captured', answers: true, takes: otherCurrency },
  tok_dispute_won: { ledger: 'captured', answers: true, dispute: 'won' },
  tok_dispute_lost: { ledger: 'captured', answers: true, dispute: 'lost' },
};

/** What becomes of a refund of a payment that was made with this token. */
export function refundBehaviour(token: string): 'succeeded' | 'submitted' | 'failed' {
  if (token === 'tok_refund_fails') return 'failed';
  return token === 'tok_refund_pending' ? 'submitted' : 'succeeded';
}
