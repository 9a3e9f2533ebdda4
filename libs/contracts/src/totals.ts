import { z } from 'zod';
import { Money, moneySchema, type Currency } from '#kernel';

const money = (amount: number) => ({ amount, currency: 'EUR' });
const EXAMPLE = { subtotal: money(3998), discount: money(0), delivery: money(0), tax: money(0), total: money(3998) };

/** The sums of a cart or an order: total = subtotal − discount + delivery + tax, all in one currency. */
export const totalsSchema = z
  .object({
    subtotal: moneySchema,
    discount: moneySchema,
    delivery: moneySchema,
    tax: moneySchema,
    total: moneySchema,
  })
  .meta({ id: 'Totals', description: 'total = subtotal − discount + delivery + tax', example: EXAMPLE });

export type Totals = Readonly<z.infer<typeof totalsSchema>>;

/**
 * A cart and the order made from it must come to the same total, so both add up here. Discount, delivery and tax have their place
 * from the first day and are 0 as long as the shop knows no rates.
 */
export function totalsOf(currency: Currency, lineTotals: readonly number[]): Totals {
  const subtotal = lineTotals.reduce((sum, lineTotal) => sum + lineTotal, 0);
  const [discount, delivery, tax] = [0, 0, 0];
  const of = (amount: number) => Money.of(amount, currency);
  return {
    subtotal: of(subtotal),
    discount: of(discount),
    delivery: of(delivery),
    tax: of(tax),
    total: of(subtotal - discount + delivery + tax),
  };
}
