import { Money, type Id } from '#kernel';
import { isLive, isUnsettled, NEXT, type PaymentStatus } from './payment-status.js';

/** How our ledger and the provider's can differ about one payment. */
export const DIFFERENCE_KINDS = [
  /** The provider has taken money that is not recorded here. */
  'captured_only_there',
  /** Money is recorded here that the provider has not taken. */
  'captured_only_here',
  'states_differ',
  /** Both have taken money, but not the same sum. */
  'amounts_differ',
  'refunds_differ',
  /** The provider names a payment of ours that is not here. */
  'attempt_missing',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** A payment as one of the two ledgers has it. */
export interface LedgerSide {
  readonly status: PaymentStatus;
  readonly reference?: string | null | undefined;
  /** What was taken, or is promised. */
  readonly amount?: Money | undefined;
}

export interface LedgerDifference {
  readonly kind: DifferenceKind;
  readonly provider: string;
  readonly paymentId: Id<'pay'>;
  /** The provider's own id of the payment. */
  readonly reference: string | undefined;
  /** State and sum, for people: `captured 1999 EUR`. Undefined where it is not known. */
  readonly here: string | undefined;
  readonly there: string | undefined;
}

/**
 * How the two sides differ; undefined where they agree. What took no money on either side agrees also where the provider has never seen it.
 * An attempt that never took money and has no entry is left to its status checks while it may still be on its way.
 *
 * @param there undefined: the provider knows of no such payment
 */
export function differenceBetween(
  here: LedgerSide & { readonly isNew: boolean },
  there: LedgerSide | undefined,
): DifferenceKind | undefined {
  if (there === undefined) {
    if (here.status === 'captured') return 'captured_only_here';
    return isLive(here.status) && !(isUnsettled(here.status) && here.isNew) ? 'states_differ' : undefined;
  }
  if (isOther(here, there)) return there.status === 'captured' ? 'captured_only_there' : undefined;
  if (here.status !== there.status) return unequal(here.status, there.status);
  if (here.amount === undefined || there.amount === undefined) return undefined;
  return Money.equal(here.amount, there.amount) ? undefined : 'amounts_differ';
}

/** The provider has made two payments under one id of ours: this is not the one that is recorded here. */
export const isOther = (here: LedgerSide, there: LedgerSide): boolean =>
  here.reference != null && there.reference != null && here.reference !== there.reference;

/** Whether the provider's word for it can be recorded here. */
export const isRepairable = (here: LedgerSide, there: LedgerSide): boolean =>
  NEXT[here.status].some((next) => next === there.status);

export const sideText = ({ status, amount }: LedgerSide): string =>
  amount === undefined ? status : `${status} ${amount.amount} ${amount.currency}`;

function unequal(here: PaymentStatus, there: PaymentStatus): DifferenceKind {
  if (there === 'captured') return 'captured_only_there';
  return here === 'captured' ? 'captured_only_here' : 'states_differ';
}
