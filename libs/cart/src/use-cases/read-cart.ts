import { Injectable } from '@nestjs/common';
import type { BuyerCredentials } from '#contracts';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { Cart } from '../persistence/cart.entity.js';
import { CartNotFound } from '../domain/cart.errors.js';
import type { Destination } from './charge-cart.js';
import { PriceCart, type PricedCart } from './price-cart.js';

@Injectable()
export class ReadCart {
  constructor(private readonly priceCart: PriceCart) {}

  /** @throws {CartNotFound} when there is none, or the credentials do not open it. */
  async run(db: Reader, id: Id<'cart'>, buyer: BuyerCredentials, destination: Destination = {}): Promise<PricedCart> {
    const cart = await db.manager.findOneBy(Cart, { id });
    if (!cart?.isOpenTo(buyer)) throw new CartNotFound();
    return this.priceCart.of(db, cart, destination);
  }
}
