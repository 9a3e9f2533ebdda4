import { Injectable } from '@nestjs/common';
import { SingleCommand } from '#commands';
import { cartLock, ProductCatalog } from '#contracts';
import type { Tx } from '#database';
import { addUnits, setUnits } from '../persistence/cart-items.js';
import { unitsMax } from '../domain/cart-limits.js';
import { ProductNotFound } from '../domain/cart.errors.js';
import { lockCart, type CartWrite } from '../persistence/lock-cart.js';
import { PriceCart, type PricedCart } from './price-cart.js';

export interface ItemWrite extends CartWrite {
  readonly sku: string;
  /** Whole units, at least one. */
  readonly quantity: number;
  /** `add` to what is there, or `set` it. */
  readonly how: 'add' | 'set';
}

@Injectable()
export class ChangeItem extends SingleCommand<ItemWrite, PricedCart> {
  constructor(
    private readonly catalog: ProductCatalog,
    private readonly priceCart: PriceCart,
  ) {
    super();
  }

  override lock({ cartId }: ItemWrite) {
    return cartLock.lock(cartId);
  }

  /** @throws {ProductNotFound} @throws {QuantityLimit} and what `lockCart` throws. */
  override async runOne(tx: Tx, write: ItemWrite): Promise<PricedCart> {
    const cart = await lockCart(tx, write);
    const { sku, quantity, how } = write;
    const product = (await this.catalog.sellable(tx, [sku], cart.currency)).get(sku);
    if (product === undefined) throw new ProductNotFound(sku);
    const change = { cartId: cart.id, sku, quantity, unitsMax: unitsMax(product.maxPerOrder) };
    await (how === 'add' ? addUnits(tx, change) : setUnits(tx, change));
    return this.priceCart.afterChange(tx, cart);
  }
}
