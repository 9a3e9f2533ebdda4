import { Injectable } from '@nestjs/common';
import { SingleCommand } from '#commands';
import { Config } from '#config';
import { ProductCatalog } from '#contracts';
import type { Tx } from '#database';
import { currencySchema, hashToken, newId, newToken, type Currency } from '#kernel';
import { insertCart } from '../persistence/insert-cart.js';
import { insertItems } from '../persistence/insert-items.js';
import { unitsMax } from '../domain/cart-limits.js';
import { Cart } from '../persistence/cart.entity.js';
import { ProductNotFound, QuantityLimit } from '../domain/cart.errors.js';
import { PriceCart, type PricedCart } from './price-cart.js';

export interface NewCart {
  /** The shop's own where it is absent. */
  readonly currency?: Currency | undefined;
  /** A SKU that is named twice counts as the sum. */
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  /** Whose cart it is, besides whoever has its token. */
  readonly customerId?: string | undefined;
}

/** `token` opens the cart. It is stored hashed, so this is the only time it is seen. */
export interface CreatedCart extends PricedCart {
  readonly token: string;
}

@Injectable()
export class CreateCart extends SingleCommand<NewCart, CreatedCart> {
  constructor(
    private readonly catalog: ProductCatalog,
    private readonly priceCart: PriceCart,
    private readonly config: Config,
  ) {
    super();
  }

  /** @throws {ProductNotFound} @throws {QuantityLimit} */
  override async runOne(tx: Tx, { currency = this.shopCurrency, items, customerId }: NewCart): Promise<CreatedCart> {
    const quantities = new Map<string, number>();
    for (const { sku, quantity } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
    await this.check(tx, quantities, currency);

    const token = newToken();
    const id = newId('cart');
    await insertCart(tx, { id, currency, tokenHash: hashToken(token), customerId: customerId ?? null });
    if (quantities.size > 0) await insertItems(tx, id, quantities);
    const cart = await tx.manager.findOneByOrFail(Cart, { id });
    return { ...(await this.priceCart.afterChange(tx, cart)), token };
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
