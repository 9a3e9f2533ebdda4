import { Injectable } from '@nestjs/common';
import { SingleCommand } from '#commands';
import { cartLock, Discounts } from '#contracts';
import type { Tx } from '#database';
import { lockCart, type CartWrite } from '../persistence/lock-cart.js';
import { setDiscountCode } from '../persistence/set-discount-code.js';
import { PriceCart, type PricedCart } from './price-cart.js';

export interface DiscountWrite extends CartWrite {
  /** Null for none. */
  readonly code: string | null;
}

/** Puts a discount code to a cart, in the place of one that it had, or takes it away. The use is taken by the order. */
@Injectable()
export class ChangeDiscount extends SingleCommand<DiscountWrite, PricedCart> {
  constructor(
    private readonly discounts: Discounts,
    private readonly priceCart: PriceCart,
  ) {
    super();
  }

  override lock({ cartId }: DiscountWrite) {
    return cartLock.lock(cartId);
  }

  /** @throws `discount_not_valid` or `discount_exhausted` for a code that does not apply now, and what `lockCart` throws. */
  override async runOne(tx: Tx, write: DiscountWrite): Promise<PricedCart> {
    const cart = await lockCart(tx, write);
    const { code } = write;
    const priced = await this.priceCart.of(tx, Object.assign(cart, { discountCode: code }));
    if (code !== null) await this.assertApplies(tx, code, priced);
    await setDiscountCode(tx, cart.id, code);
    return priced;
  }

  private async assertApplies(tx: Tx, code: string, { cart, totals, discountProblem }: PricedCart): Promise<void> {
    if (discountProblem === null) return;
    const request = { code, currency: cart.currency, subtotal: totals.subtotal.amount };
    const [worth] = await this.discounts.find(tx, [request]);
    if (worth !== undefined && 'error' in worth) throw worth.error;
  }
}
