import { Injectable } from '@nestjs/common';
import type { Tx } from '#database';
import { removeItem } from '../persistence/cart-items.js';
import { CartViews } from './view-cart.js';
import { lockCart, type CartWrite } from '../persistence/lock-cart.js';
import type { CartView } from '../http/cart.schemas.js';

@Injectable()
export class RemoveItem {
  constructor(private readonly views: CartViews) {}

  /** An item that is not there is as good as removed. Throws what `lockCart` throws. */
  async run(tx: Tx, write: CartWrite & { readonly sku: string }): Promise<CartView> {
    const cart = await lockCart(tx, write);
    await removeItem(tx, cart.id, write.sku);
    return this.views.of(tx, cart);
  }
}
