import { Injectable } from '@nestjs/common';
import { ProductCatalog } from '#contracts';
import type { Tx } from '#database';
import { addUnits, setUnits } from '../cart-items.js';
import { unitsMax } from '../cart-limits.js';
import { CartViews } from '../cart-view.js';
import { ProductNotFound } from '../cart.errors.js';
import { claimCart, type CartWrite } from '../claim-cart.js';
import type { CartView } from '../http/cart.schemas.js';

export interface ItemWrite extends CartWrite {
  readonly sku: string;
  /** Whole units, at least one. */
  readonly quantity: number;
  /** `add` to what is there, or `set` it. */
  readonly how: 'add' | 'set';
}

@Injectable()
export class ChangeItem {
  constructor(
    private readonly catalog: ProductCatalog,
    private readonly views: CartViews,
  ) {}

  /** @throws {ProductNotFound} @throws {QuantityLimit} and what `claimCart` throws. */
  async run(tx: Tx, write: ItemWrite): Promise<CartView> {
    const cart = await claimCart(tx, write);
    const { sku, quantity, how } = write;
    const product = (await this.catalog.sellable(tx, [sku], cart.currency)).get(sku);
    if (product === undefined) throw new ProductNotFound(sku);
    const change = { cartId: cart.id, sku, quantity, unitsMax: unitsMax(product.maxPerOrder) };
    await (how === 'add' ? addUnits(tx, change) : setUnits(tx, change));
    return this.views.afterChange(tx, cart);
  }
}
