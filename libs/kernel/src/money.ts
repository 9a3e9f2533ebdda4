import { z } from 'zod';
import { CURRENCY_DECIMALS } from './currencies.js';

/** Largest amount in minor units: sums of a full order stay exact integers in JavaScript and fit a bigint column. */
export const MAX_AMOUNT = 1_000_000_000_000;

export type Currency = string & { readonly __currency: true };

/** ISO 4217 alphabetic code. */
export const currencySchema = z
  .string()
  .refine((code): code is Currency => CURRENCY_DECIMALS.has(code), {
    error: 'must be an ISO 4217 currency code such as EUR',
  })
  .meta({ example: 'EUR', pattern: '^[A-Z]{3}$' });

/** Integer minor units (cents) with their currency. */
export const moneySchema = z.strictObject({ amount: z.int().min(0).max(MAX_AMOUNT), currency: currencySchema }).meta({
  id: 'Money',
  description: 'Integer minor units (1999 is 19.99 EUR, 1999 JPY) and an ISO 4217 code.',
  example: { amount: 1999, currency: 'EUR' },
});

export type Money = Readonly<z.infer<typeof moneySchema>>;

export const Money = {
  of: (amount: number, currency: Currency): Money => ({ amount, currency }),
  equal: (left: Money, right: Money): boolean => left.amount === right.amount && left.currency === right.currency,
};

/** Decimals of the currency: EUR 2, JPY 0, KWD 3. */
export function minorUnitDigits(currency: Currency): number {
  const digits = CURRENCY_DECIMALS.get(currency);
  if (digits === undefined) throw new RangeError(`${currency} is not a currency of ISO 4217.`);
  return digits;
}
