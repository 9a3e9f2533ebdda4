import { totalsOf, type CartForCheckout, type SellableProduct, type Totals } from '#contracts';
import { MAX_AMOUNT, Money, type DomainError } from '#kernel';
import { LinesNotForSale, QuantityLimit, TotalChanged } from './order.errors.js';
import type { NewOrder } from '../persistence/insert-orders.js';

export interface Quote {
  readonly lines: NewOrder['lines'];
  readonly totals: Totals;
}

/**
 * What a cart costs today, or why it cannot be ordered as it is.
 *
 * @param products what is for sale in the currency of the cart
 * @param expectedTotal what the buyer was shown; undefined when he takes any
 */
export function quote(
  cart: Pick<CartForCheckout, 'currency' | 'lines'>,
  products: ReadonlyMap<string, SellableProduct>,
  expectedTotal: Money | undefined,
): { readonly quote: Quote } | { readonly error: DomainError } {
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
  const totals = totalsOf(
    cart.currency,
    lines.map((line) => line.lineTotal),
  );
  if (totals.total.amount > MAX_AMOUNT) return { error: QuantityLimit.amount(MAX_AMOUNT) };
  if (expectedTotal !== undefined && !Money.equal(expectedTotal, totals.total)) {
    return { error: new TotalChanged(totals) };
  }
  return { quote: { lines, totals } };
}

function lineOf({ sku, name, price }: SellableProduct, quantity: number, position: number): NewOrder['lines'][number] {
  return { position, sku, name, unitPrice: price.amount, quantity, lineTotal: price.amount * quantity };
}
