import { minorUnitDigits, Money, type Currency } from '#kernel';

/** Decimals that Stripe counts in where they differ from two (docs.stripe.com/currencies). The amounts of the last list end in 0. */
const WITHOUT_DECIMALS = words('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF');
const WITH_THREE_DECIMALS = words('BHD JOD KWD OMR TND');

/** Stripe takes no payments in these, and its documents do not say in what unit it would. */
const NOT_TAKEN = words('IQD LYD');

export interface StripeAmount {
  readonly amount: number;
  /** ISO 4217 in lower case. */
  readonly currency: string;
}

/**
 * The amount in Stripe's units. ISK and UGX have no decimals in ISO 4217 and two zeros at Stripe; MGA has two in ISO 4217 and none at
 * Stripe; HUF and TWD have two in both (Stripe leaves them out of payouts only). Undefined for an amount that Stripe cannot take exactly.
 */
export function toStripe({ amount, currency }: Money): StripeAmount | undefined {
  if (NOT_TAKEN.has(currency)) return undefined;
  const units = amount * 10 ** shift(currency);
  const step = WITH_THREE_DECIMALS.has(currency) ? 10 : 1;
  if (!Number.isSafeInteger(units) || units % step !== 0) return undefined;
  return { amount: units, currency: currency.toLowerCase() };
}

/** @throws {RangeError} for a currency that is not in ISO 4217, or an amount that it cannot have */
export function fromStripe({ amount, currency }: StripeAmount): Money {
  const code = currency.toUpperCase() as Currency;
  const units = amount / 10 ** shift(code);
  if (!Number.isSafeInteger(units)) throw new RangeError(`${amount} ${currency} of Stripe is no amount of ${code}.`);
  return Money.of(units, code);
}

/** How many decimals Stripe has more than ISO 4217. */
const shift = (currency: Currency): number => stripeDigits(currency) - minorUnitDigits(currency);

function stripeDigits(currency: Currency): number {
  if (WITHOUT_DECIMALS.has(currency)) return 0;
  return WITH_THREE_DECIMALS.has(currency) ? 3 : 2;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}
