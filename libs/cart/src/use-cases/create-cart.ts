import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { ProductCatalog } from '#contracts';
import type { Tx } from '#database';
import { hashToken, newToken } from '#http';
import { currencySchema, newId, type Currency } from '#kernel';
import { CartViews } from './view-cart.js';
import { fill } from '../persistence/cart-items.js';
import { unitsMax } from '../domain/cart-limits.js';
import { Cart } from '../persistence/cart.entity.js';
import { ProductNotFound, QuantityLimit } from '../domain/cart.errors.js';
import type { CartView, NewCart } from '../http/cart.schemas.js';

/** `token` opens the cart. It is stored hashed, so this is the only time it is seen. */
export type CreatedCart = CartView & { readonly token: string };

@Injectable()
export class CreateCart {
  constructor(
    private readonly catalog: ProductCatalog,
    private readonly views: CartViews,
    private readonly config: Config,
  ) {}

  /**
   * A SKU that is named twice counts as the sum. The cart is the customer's where one is given, and whoever's has the token.
   *
   * @throws {ProductNotFound} @throws {QuantityLimit}
   */
  async run(tx: Tx, { currency = this.shopCurrency, items }: NewCart, customerId?: string): Promise<CreatedCart> {
    const quantities = new Map<string, number>();
    for (const { sku, quantity } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
    await this.check(tx, quantities, currency);

    const token = newToken();
    const id = newId('cart');
    await tx.query('INSERT INTO cart.carts (id, currency, token_hash, customer_id) VALUES ($1, $2, $3, $4)', [
      id,
      currency,
      hashToken(token),
      customerId ?? null,
    ]);
    if (quantities.size > 0) await fill(tx, id, quantities);
    const cart = await tx.manager.findOneByOrFail(Cart, { id });
    return { ...(await this.views.afterChange(tx, cart)), token };
  }

  private get shopCurrency(): Currency {
    return currencySchema.parse(this.config.DEFAULT_CURRENCY);
  }

  private async check(tx: Tx, quantities: ReadonlyMap<string, number>, currency: Currency): Promise<void> {
    if (quantities.size === 0) return;
    const products = await this.catalog.sellable(tx, [...quantities.keys()], currency);
    for (const [sku, quantity] of quantities) {
      const product = products.get(sku);
      if (product === undefined) throw new ProductNotFound(sku);
      const limit = unitsMax(product.maxPerOrder);
      if (quantity > limit) throw QuantityLimit.units(sku, limit);
    }
  }
}
