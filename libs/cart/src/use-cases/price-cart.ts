import { Injectable } from '@nestjs/common';
import { ProductCatalog, StockAvailability, totalsOf, type SellableProduct, type Totals } from '#contracts';
import type { Reader, Tx } from '#database';
import { MAX_AMOUNT, Money } from '#kernel';
import { itemsOf } from '../persistence/cart-items.js';
import type { Cart, CartItem } from '../persistence/cart.entity.js';
import { QuantityLimit } from '../domain/cart.errors.js';
import { ChargeCart, type Destination } from './charge-cart.js';

export interface PricedItem {
  readonly sku: string;
  readonly quantity: number;
  /** Null while the product is not for sale. */
  readonly name: string | null;
  readonly unitPrice: Money | null;
  readonly lineTotal: Money | null;
  /** Units left for sale. */
  readonly available: number;
}

/** A cart with the names and prices of today's catalogue, and what is left of each item. */
export interface PricedCart {
  readonly cart: Cart;
  readonly items: readonly PricedItem[];
  readonly totals: Totals;
  /** Problem code of the cart's discount that does not apply now; null where it does, or there is none. */
  readonly discountProblem: string | null;
  /** Whether delivery and tax are known and in the totals. */
  readonly complete: boolean;
}

@Injectable()
export class PriceCart {
  constructor(
    private readonly catalog: ProductCatalog,
    private readonly availability: StockAvailability,
    private readonly chargeCart: ChargeCart,
  ) {}

  /** @throws {QuantityLimit} when the change has made the cart worth more than an order can be. */
  async afterChange(tx: Tx, cart: Cart): Promise<PricedCart> {
    const priced = await this.of(tx, cart);
    if (priced.totals.total.amount > MAX_AMOUNT) throw QuantityLimit.amount(MAX_AMOUNT);
    return priced;
  }

  /** @param destination where it would go: without it delivery and tax are 0 */
  async of(db: Reader, cart: Cart, destination: Destination = {}): Promise<PricedCart> {
    const inCart = await itemsOf(db, cart.id);
    const skus = inCart.map((item) => item.sku);
    const products =
      skus.length === 0 ? new Map<string, SellableProduct>() : await this.catalog.sellable(db, skus, cart.currency);
    const available = skus.length === 0 ? new Map<string, number>() : await this.availability.available(db, skus);
    const items = inCart.map((item) => priceItem(item, products.get(item.sku), available.get(item.sku) ?? 0));
    const lineTotals = items.map(({ lineTotal }) => lineTotal?.amount ?? 0);
    const subtotal = lineTotals.reduce((sum, lineTotal) => sum + lineTotal, 0);
    const { currency, discountCode } = cart;
    const toCharge = { currency, discountCode, lines: inCart, subtotal };
    const { discountProblem, complete, ...charges } = await this.chargeCart.run(db, toCharge, destination);
    const { totals } = totalsOf(currency, lineTotals, charges);
    return { cart, items, totals, discountProblem, complete };
  }
}

/** An item that is not for sale any more stays in sight, without a price and with none available. */
function priceItem({ sku, quantity }: CartItem, product: SellableProduct | undefined, available: number): PricedItem {
  if (product === undefined) return { sku, name: null, quantity, unitPrice: null, lineTotal: null, available: 0 };
  const { name, price } = product;
  const lineTotal = Money.of(price.amount * quantity, price.currency);
  return { sku, name, quantity, unitPrice: price, lineTotal, available: Math.max(0, available) };
}
