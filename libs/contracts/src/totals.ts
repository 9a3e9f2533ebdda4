import { z } from 'zod';
import { Money, moneySchema, type Currency } from '#kernel';
import { spread } from './spread.js';
import { taxOf } from './tax-of.js';
import type { TaxRate } from './tax-rates.js';

const money = (amount: number) => ({ amount, currency: 'EUR' });
const EXAMPLE = {
  subtotal: money(3998),
  discount: money(0),
  delivery: money(490),
  tax: money(0),
  includedTax: money(716),
  total: money(4488),
};

/** The sums of a cart or an order: total = subtotal − discount + delivery + tax, all in one currency. */
export const totalsSchema = z
  .object({
    subtotal: moneySchema,
    discount: moneySchema,
    delivery: moneySchema,
    tax: moneySchema.meta({ description: 'Added to the prices.' }),
    includedTax: moneySchema.meta({
      description: 'In the prices already, where the country’s prices have it in them.',
    }),
    total: moneySchema,
  })
  .meta({ id: 'Totals', description: 'total = subtotal − discount + delivery + tax', example: EXAMPLE });

export type Totals = Readonly<z.infer<typeof totalsSchema>>;

/** What comes to the prices of the lines, in minor units. */
export interface Charges {
  /** Counts up to the subtotal. */
  readonly discount: number;
  readonly delivery: number;
  /** Undefined where nothing is taxed. */
  readonly taxRate: TaxRate | undefined;
}

/** What a line has of the discount, and the tax on what is left, or in it. */
export interface LineParts {
  readonly discount: number;
  readonly tax: number;
}

export interface Priced {
  /** One for each line, in their order. */
  readonly lines: readonly LineParts[];
  /** The tax on delivery, or in it. With those of the lines it is `tax` or `includedTax` of the totals. */
  readonly deliveryTax: number;
  readonly totals: Totals;
}

const NOTHING: Charges = { discount: 0, delivery: 0, taxRate: undefined };

/**
 * A cart and the order made from it must come to the same total, so both add up here. Delivery is taxed like the goods.
 *
 * @param lineTotals price times quantity of each line, in minor units
 */
export function totalsOf(currency: Currency, lineTotals: readonly number[], charges: Charges = NOTHING): Priced {
  const { delivery, taxRate } = charges;
  const subtotal = sumOf(lineTotals);
  const discount = Math.min(charges.discount, subtotal);
  const discounts = spread(discount, lineTotals);
  const lines = lineTotals.map((lineTotal, place) => {
    const part = discounts[place] ?? 0;
    return { discount: part, tax: taxOf(lineTotal - part, taxRate) };
  });
  const deliveryTax = taxOf(delivery, taxRate);
  const taxes = sumOf(lines.map(({ tax }) => tax)) + deliveryTax;
  const [tax, includedTax] = taxRate?.inclusive === true ? [0, taxes] : [taxes, 0];
  const of = (amount: number) => Money.of(amount, currency);
  const totals = {
    subtotal: of(subtotal),
    discount: of(discount),
    delivery: of(delivery),
    tax: of(tax),
    includedTax: of(includedTax),
    total: of(subtotal - discount + delivery + tax),
  };
  return { lines, deliveryTax, totals };
}

const sumOf = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0);
