/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, integer, property, record, uniqueArray } from 'fast-check';
import type { CartForCheckout, DeliveryOffer, SellableProduct } from '#contracts';
import { Money, type Currency } from '#kernel';
import { chooseDelivery, priceLines, quote } from './quote.js';

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

const NOTHING = { discount: 0, delivery: 0, taxRate: undefined };

/** A cart to which nothing comes. */
function quoted(
  cart: Pick<CartForCheckout, 'currency' | 'lines'>,
  products: ReadonlyMap<string, SellableProduct>,
  expectedTotal?: Money,
  charges = NOTHING,
): ReturnType<typeof quote> {
  const priced = priceLines(cart, products);
  return 'error' in priced ? priced : quote(cart.currency, priced.lines, charges, expectedTotal);
}

function summary(outcome: ReturnType<typeof quote>): unknown {
  if ('quote' in outcome) return outcome.quote.totals.total.amount;
  const { code, data } = outcome.error;
  return [code, ...(data['items'] as Lines).map((line) => line.sku)];
}

describe('what a cart costs', () => {
  it('is the sum of its lines at the prices of the catalogue, or a refusal that names each line in the way', () => {
    assert(
      property(anyLines, anyProducts, (lines, products) => {
        expect(summary(quoted({ currency: EUR, lines }, products))).toEqual(byTheRule(lines, products));
      }),
    );
  });

  const products = new Map([['A', { sku: 'A', name: 'A', price: Money.of(250, EUR), maxPerOrder: null }]]);
  const two = { currency: EUR, lines: [{ sku: 'A', quantity: 2 }] };

  it('must be what the buyer was shown, where he says it', () => {
    expect(quoted(two, products, Money.of(500, EUR))).toHaveProperty('quote');
    const refusal = { error: { code: 'total_changed', data: { totals: { total: Money.of(500, EUR) } } } };
    expect(quoted(two, products, Money.of(499, EUR))).toMatchObject(refusal);
    expect(quoted(two, products, Money.of(500, 'USD' as Currency))).toMatchObject(refusal);
  });

  it('must be that with discount, delivery and tax, too', () => {
    const charges = { discount: 100, delivery: 490, taxRate: undefined };
    expect(quoted(two, products, Money.of(890, EUR), charges)).toMatchObject({
      quote: { lines: [{ lineTotal: 500, discount: 100, tax: 0 }], totals: { total: Money.of(890, EUR) } },
    });
    const refusal = { error: { code: 'total_changed', data: { totals: { delivery: Money.of(490, EUR) } } } };
    expect(quoted(two, products, Money.of(500, EUR), charges)).toMatchObject(refusal);
  });

  it('stays within what the columns and numbers hold exactly', () => {
    const dear = new Map([['A', { ...products.get('A')!, price: Money.of(1_000_000_000_000, EUR) }]]);
    expect(quoted({ ...two, lines: [{ sku: 'A', quantity: 1 }] }, dear)).toHaveProperty('quote');
    expect(quoted(two, dear)).toMatchObject({ error: { code: 'quantity_limit' } });
  });
});

describe('the delivery of an order', () => {
  const standard: DeliveryOffer = { id: 'standard', name: 'Standard', price: Money.of(490, EUR) };

  it('is one that there is for it', () => {
    expect(chooseDelivery([standard], { deliveryMethod: 'standard', country: 'DE' })).toEqual({ offer: standard });
  });

  it('is refused with what there is', () => {
    const offered = { data: { deliveryMethods: [standard] } };
    expect(chooseDelivery([standard], { deliveryMethod: 'drone', country: 'DE' })).toMatchObject({
      error: { code: 'delivery_method_unavailable', ...offered },
    });
    expect(chooseDelivery([standard], { deliveryMethod: undefined, country: 'DE' })).toMatchObject({
      error: { code: 'delivery_method_required', ...offered },
    });
    expect(chooseDelivery([], { deliveryMethod: 'standard', country: 'AQ' })).toMatchObject({
      error: { code: 'country_not_served', data: { country: 'AQ' } },
    });
  });

  it('is whatever it says, and costs nothing, as long as the shop keeps no methods', () => {
    expect(chooseDelivery(undefined, { deliveryMethod: 'drone', country: 'DE' })).toEqual({ offer: undefined });
  });
});
