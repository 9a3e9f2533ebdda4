import { Injectable } from '@nestjs/common';
import {
  CheckoutCarts,
  type BuyerCredentials,
  type CheckoutOutcome,
  type CheckoutRequest,
  type HoldLine,
} from '#contracts';
import type { Reader, Tx } from '#database';
import { StaleVersion, type Id } from '#kernel';
import { TRANSITIONS } from '../domain/transitions.js';
import { findLines } from '../persistence/find-lines.js';
import { findSkusToOrder } from '../persistence/find-skus-to-order.js';
import { lockCarts, type LockedCart } from '../persistence/lock-carts.js';
import { markOrdered } from '../persistence/mark-ordered.js';
import { Cart, opens } from '../persistence/cart.entity.js';
import { CartAlreadyOrdered, CartEmpty, CartNotFound } from '../domain/cart.errors.js';

/** Carts on their way to becoming orders. */
@Injectable()
export class CheckoutCartsAdapter extends CheckoutCarts {
  override async assertAccess(db: Reader, cartId: Id<'cart'>, buyer: BuyerCredentials): Promise<void> {
    const cart = await db.manager.findOneBy(Cart, { id: cartId });
    if (!cart?.isOpenTo(buyer)) throw new CartNotFound();
  }

  /** None of a cart that cannot be ordered any more: there is no stock to lock for it. */
  override skusOf(db: Reader, requests: readonly CheckoutRequest[]): Promise<string[]> {
    return findSkusToOrder(db, requests);
  }

  override async lockForCheckout(tx: Tx, requests: readonly CheckoutRequest[]): Promise<CheckoutOutcome[]> {
    const ids = [...new Set(requests.map((request) => request.cartId))];
    const carts = await lockCarts(tx, ids);
    // Read by a second statement: the one that waited for the locks still sees the items as they were before it waited.
    const lines = await findLines(tx, ids);
    return requests.map((request) => outcomeOf(carts.get(request.cartId), lines.get(request.cartId) ?? [], request));
  }

  override markOrdered(tx: Tx, carts: Parameters<typeof markOrdered>[1]): Promise<void> {
    return markOrdered(tx, carts);
  }
}

function outcomeOf(
  cart: LockedCart | undefined,
  lines: readonly HoldLine[],
  { buyer, expected }: CheckoutRequest,
): CheckoutOutcome {
  if (cart === undefined || !opens(buyer, cart)) return { error: new CartNotFound() };
  if (cart.orderId !== null) return { error: new CartAlreadyOrdered(cart.orderId) };
  if (!TRANSITIONS.ordered.from.some((status) => status === cart.status)) return { error: new CartNotFound() };
  if (expected !== undefined && !expected.includes(cart.version)) return { error: new StaleVersion(cart.version) };
  if (lines.length === 0) return { error: new CartEmpty() };
  const owner = { cartTokenHash: cart.tokenHash ?? undefined, customerId: cart.customerId ?? undefined };
  return { cart: { cartId: cart.id, currency: cart.currency, lines, owner, discountCode: cart.discountCode } };
}
