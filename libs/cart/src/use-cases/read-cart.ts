import { Injectable } from '@nestjs/common';
import type { BuyerCredentials } from '#contracts';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { CartViews } from './view-cart.js';
import { Cart } from '../persistence/cart.entity.js';
import { CartNotFound } from '../domain/cart.errors.js';
import type { CartView } from '../http/cart.schemas.js';

@Injectable()
export class ReadCart {
  constructor(private readonly views: CartViews) {}

  /** @throws {CartNotFound} when there is none, or the credentials do not open it. */
  async run(db: Reader, id: Id<'cart'>, buyer: BuyerCredentials): Promise<CartView> {
    const cart = await db.manager.findOneBy(Cart, { id });
    if (!cart?.isOpenTo(buyer)) throw new CartNotFound();
    return this.views.of(db, cart);
  }
}
