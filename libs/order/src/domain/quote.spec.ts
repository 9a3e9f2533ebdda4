/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, integer, property, record, uniqueArray } from 'fast-check';
import type { SellableProduct } from '#contracts';
import { Money, type Currency } from '#kernel';
import { quote } from './quote.js';

const EUR = 'EUR' as Currency;
const sku = constantFrom('A', 'B', 'C', 'D', 'E');
const anyLines = uniqueArray(record({ sku, quantity: integer({ min: 1, max: 999 }) }), {
  selector: (line) => line.sku,
  minLength: 1,
});
const anyProducts = array(
  record({ sku, amount: integer({ min: 0, max: 100_000 }), maxPerOrder: constantFrom(null, 1, 500) }),
).map(
  (list) =>
    new Map(
      list.map(({ amount, ...rest }): [string, SellableProduct] => [
        rest.sku,
        { ...rest, name: `Product ${rest.sku}`, price: Money.of(amount, EUR) },
      ]),
    ),
);

type Lines = readonly { readonly sku: string; readonly quantity: number }[];

/** The rule in its plainest words: a total, or the lines in the way. */
function byTheRule(lines: Lines, products: ReadonlyMap<string, SellableProduct>): unknown {
  const missing = lines.filter((line) => !products.has(line.sku));
  if (missing.length > 0) return ['insufficient_stock', ...missing.map((line) => line.sku)];
  const over = lines.filter((line) => line.quantity > (products.get(line.sku)!.maxPerOrder ?? Infinity));
  if (over.length > 0) return ['quantity_limit', ...over.map((line) => line.sku)];
  return lines.reduce((sum, line) => sum + line.quantity * products.get(line.sku)!.price.amount, 0);
}

function summary(quoted: ReturnType<typeof quote>): unknown {
  if ('quote' in quoted) return quoted.quote.totals.total.amount;
  const { code, data } = quoted.error;
  return [code, ...(data['items'] as Lines).map((line) => line.sku)];
}

describe('what a cart costs', () => {
  it('is the sum of its lines at the prices of the catalogue, or a refusal that names each line in the way', () => {
    assert(
      property(anyLines, anyProducts, (lines, products) => {
        const quoted = quote({ currency: EUR, lines }, products, undefined);
        expect(summary(quoted)).toEqual(byTheRule(lines, products));
      }),
    );
  });

  const products = new Map([['A', { sku: 'A', name: 'A', price: Money.of(250, EUR), maxPerOrder: null }]]);
  const two = { currency: EUR, lines: [{ sku: 'A', quantity: 2 }] };

  it('must be what the buyer was shown, where he says it', () => {
    expect(quote(two, products, Money.of(500, EUR))).toHaveProperty('quote');
    const refusal = { error: { code: 'total_changed', data: { totals: { total: Money.of(500, EUR) } } } };
    expect(quote(two, products, Money.of(499, EUR))).toMatchObject(refusal);
    expect(quote(two, products, Money.of(500, 'USD' as Currency))).toMatchObject(refusal);
  });

  it('stays within what the columns and numbers hold exactly', () => {
    const dear = new Map([['A', { ...products.get('A')!, price: Money.of(1_000_000_000_000, EUR) }]]);
    expect(quote({ ...two, lines: [{ sku: 'A', quantity: 1 }] }, dear, undefined)).toHaveProperty('quote');
    expect(quote(two, dear, undefined)).toMatchObject({ error: { code: 'quantity_limit' } });
  });
});
