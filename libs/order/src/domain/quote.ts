import {
  totalsOf,
  type CartForCheckout,
  type Charges,
  type DeliveryOffer,
  type SellableProduct,
  type Totals,
} from '#contracts';
import { MAX_AMOUNT, Money, type Currency, type DomainError } from '#kernel';
import { CountryNotServed, DeliveryMethodRequired, DeliveryMethodUnavailable } from './delivery.errors.js';
import { LinesNotForSale, QuantityLimit, TotalChanged } from './order.errors.js';
import type { NewOrder } from '../persistence/insert-orders.js';

type QuotedLine = NewOrder['lines'][number];
export type PricedLine = Omit<QuotedLine, 'discount' | 'tax'>;

export interface Quote {
  readonly lines: readonly QuotedLine[];
  readonly deliveryTax: number;
  readonly totals: Totals;
}

/**
 * The lines of a cart at the prices of today, or why it cannot be ordered as it is.
 *
 * @param products what is for sale in the currency of the cart
 */
export function priceLines(
  cart: Pick<CartForCheckout, 'lines'>,
  products: ReadonlyMap<string, SellableProduct>,
): { readonly lines: readonly PricedLine[] } | { readonly error: DomainError } {
  const priced = cart.lines.map((line) => ({ ...line, product: products.get(line.sku) }));
  const missing = priced.filter((line) => line.product === undefined);
  if (missing.length > 0) return { error: new LinesNotForSale(missing) };

  const over = priced.flatMap(({ sku, quantity, product }) => {
    const limit = product?.maxPerOrder ?? Infinity;
    return quantity > limit ? [{ sku, requested: quantity, limit }] : [];
  });
  if (over.length > 0) return { error: QuantityLimit.units(over) };

  const lines = priced.flatMap(({ quantity, product }, place) =>
    product === undefined ? [] : [lineOf(product, quantity, place + 1)],
  );
  return { lines };
}

/**
 * The delivery that an order names, among what the shop offers for it.
 *
 * @param offers undefined where the shop keeps no delivery methods: then delivery costs nothing, whatever is named
 */
export function chooseDelivery(
  offers: readonly DeliveryOffer[] | undefined,
  { deliveryMethod, country }: { readonly deliveryMethod: string | undefined; readonly country: string },
): { readonly offer: DeliveryOffer | undefined } | { readonly error: DomainError } {
  if (offers === undefined) return { offer: undefined };
  if (offers.length === 0) return { error: new CountryNotServed(country) };
  if (deliveryMethod === undefined) return { error: new DeliveryMethodRequired(offers) };
  const offer = offers.find(({ id }) => id === deliveryMethod);
  return offer === undefined ? { error: new DeliveryMethodUnavailable(offers) } : { offer };
}

/**
 * What the lines cost with everything that comes to their prices, or why that is no order.
 *
 * @param expectedTotal what the buyer was shown; undefined when he takes any
 */
export function quote(
  currency: Currency,
  priced: readonly PricedLine[],
  charges: Charges,
  expectedTotal: Money | undefined,
): { readonly quote: Quote } | { readonly error: DomainError } {
  const lineTotals = priced.map(({ lineTotal }) => lineTotal);
  const { lines: parts, deliveryTax, totals } = totalsOf(currency, lineTotals, charges);
  const isTooMuch = [totals.subtotal, totals.total, totals.includedTax].some(({ amount }) => amount > MAX_AMOUNT);
  if (isTooMuch) return { error: QuantityLimit.amount(MAX_AMOUNT) };
  if (expectedTotal !== undefined && !Money.equal(expectedTotal, totals.total)) {
    return { error: new TotalChanged(totals) };
  }
  const lines = priced.map((line, place) => ({ ...line, ...(parts[place] ?? { discount: 0, tax: 0 }) }));
  return { quote: { lines, deliveryTax, totals } };
}

function lineOf({ sku, name, price }: SellableProduct, quantity: number, position: number): PricedLine {
  return { position, sku, name, unitPrice: price.amount, quantity, lineTotal: price.amount * quantity };
}
