import { Injectable } from '@nestjs/common';
import type { BuyerCredentials, DeliveryOffer } from '#contracts';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { ChargeCart } from './charge-cart.js';
import { ReadCart } from './read-cart.js';

/** How a cart can be delivered to a country. */
@Injectable()
export class ListDelivery {
  constructor(
    private readonly readCart: ReadCart,
    private readonly chargeCart: ChargeCart,
  ) {}

  /** @returns undefined where the shop keeps no delivery methods @throws {CartNotFound} */
  async run(
    db: Reader,
    cartId: Id<'cart'>,
    buyer: BuyerCredentials,
    country: string,
  ): Promise<readonly DeliveryOffer[] | undefined> {
    const { cart, items, totals } = await this.readCart.run(db, cartId, buyer);
    const { currency, discountCode } = cart;
    const toCharge = { currency, discountCode, lines: items, subtotal: totals.subtotal.amount };
    return this.chargeCart.offersFor(db, toCharge, country);
  }
}
