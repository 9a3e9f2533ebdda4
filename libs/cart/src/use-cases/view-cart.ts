import { Injectable } from '@nestjs/common';
import { ProductCatalog, StockAvailability, totalsOf, type SellableProduct } from '#contracts';
import type { Reader, Tx } from '#database';
import { MAX_AMOUNT, Money } from '#kernel';
import { itemsOf } from '../persistence/cart-items.js';
import type { Cart, CartItem } from '../persistence/cart.entity.js';
import { QuantityLimit } from '../domain/cart.errors.js';
import type { CartItemView, CartView } from '../http/cart.schemas.js';

/** What a cart looks like now: names and prices of today's catalogue, and what is left of each item. */
@Injectable()
export class CartViews {
  constructor(
    private readonly catalog: ProductCatalog,
    private readonly availability: StockAvailability,
  ) {}

  /** @throws {QuantityLimit} when the change has made the cart worth more than an order can be. */
  async afterChange(tx: Tx, cart: Cart): Promise<CartView> {
    const view = await this.of(tx, cart);
    if (view.totals.total.amount > MAX_AMOUNT) throw QuantityLimit.amount(MAX_AMOUNT);
    return view;
  }

  async of(db: Reader, cart: Cart): Promise<CartView> {
    const items = await itemsOf(db, cart.id);
    const skus = items.map((item) => item.sku);
    const products = skus.length === 0 ? new Map() : await this.catalog.sellable(db, skus, cart.currency);
    const available = skus.length === 0 ? new Map() : await this.availability.available(db, skus);
    const views = items.map((item) => viewOf(item, products.get(item.sku), available.get(item.sku) ?? 0));
    return {
      id: cart.id,
      status: cart.status,
      currency: cart.currency,
      items: views,
      totals: totalsOf(
        cart.currency,
        views.map((view) => view.lineTotal?.amount ?? 0),
      ),
      orderId: cart.orderId,
      version: cart.version,
      createdAt: cart.createdAt.toISOString(),
      updatedAt: cart.updatedAt.toISOString(),
    };
  }
}

/** An item that is not for sale any more stays in sight, without a price and with none available. */
function viewOf({ sku, quantity }: CartItem, product: SellableProduct | undefined, available: number): CartItemView {
  if (product === undefined) return { sku, name: null, quantity, unitPrice: null, lineTotal: null, available: 0 };
  const { name, price } = product;
  const lineTotal = Money.of(price.amount * quantity, price.currency);
  return { sku, name, quantity, unitPrice: price, lineTotal, available: Math.max(0, available) };
}
