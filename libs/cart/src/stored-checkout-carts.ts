import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { CheckoutCarts, type BuyerCredentials, type CheckoutOutcome } from '#contracts';
import type { Reader, Tx } from '#database';
import type { Id } from '#kernel';
import { itemsOf } from './cart-items.js';
import { sourcesOf } from './cart-status.js';
import { Cart, CartItem } from './cart.entity.js';
import { CartAlreadyOrdered, CartEmpty, CartNotFound } from './cart.errors.js';

/** Carts on their way to becoming orders. */
@Injectable()
export class StoredCheckoutCarts extends CheckoutCarts {
  /** Also empty for a cart that cannot be ordered any more: there is no stock to lock for it. */
  override async skusOf(db: Reader, cartId: Id<'cart'>, buyer: BuyerCredentials): Promise<string[]> {
    const cart = await db.manager.findOneBy(Cart, { id: cartId });
    if (!cart?.isOpenTo(buyer) || cart.status !== 'active') return [];
    const items = await itemsOf(db, cartId);
    return items.map((item) => item.sku);
  }

  override async lockForCheckout(
    tx: Tx,
    requests: readonly { readonly cartId: Id<'cart'>; readonly buyer: BuyerCredentials }[],
  ): Promise<CheckoutOutcome[]> {
    const ids = [...new Set(requests.map((request) => request.cartId))];
    const carts = await tx.manager.find(Cart, {
      where: { id: In(ids) },
      order: { id: 'ASC' }, // Everybody locks carts in this order, so that lists with common carts wait and do not deadlock.
      lock: { mode: 'pessimistic_write' },
    });
    // Read by a second statement: the one that waited for the locks still sees the items as they were before it waited.
    const items = await tx.manager.find(CartItem, { where: { cartId: In(ids) }, order: { position: 'ASC' } });
    const cartById = new Map(carts.map((cart) => [cart.id, cart]));
    const itemsByCart = new Map(ids.map((id): [Id<'cart'>, CartItem[]] => [id, []]));
    for (const item of items) itemsByCart.get(item.cartId)?.push(item);
    return requests.map(({ cartId, buyer }) => outcomeOf(cartById.get(cartId), itemsByCart.get(cartId) ?? [], buyer));
  }

  override async markOrdered(
    tx: Tx,
    carts: readonly { readonly cartId: Id<'cart'>; readonly orderId: Id<'order'> }[],
  ): Promise<void> {
    const { count } = await tx.query(
      `UPDATE cart.carts SET status = 'ordered', order_id = ordered.order_id, version = version + 1, updated_at = now()
       FROM unnest($1::text[], $2::text[]) AS ordered (id, order_id)
       WHERE carts.id = ordered.id AND status = ANY ($3)`,
      [carts.map((cart) => cart.cartId), carts.map((cart) => cart.orderId), sourcesOf('ordered')],
    );
    if (count !== carts.length) throw new Error('A cart was marked as ordered that had not been locked for checkout.');
  }
}

function outcomeOf(cart: Cart | undefined, items: readonly CartItem[], buyer: BuyerCredentials): CheckoutOutcome {
  if (!cart?.isOpenTo(buyer)) return { error: new CartNotFound() };
  if (cart.orderId !== null) return { error: new CartAlreadyOrdered(cart.orderId) };
  if (cart.status !== 'active') return { error: new CartNotFound() };
  if (items.length === 0) return { error: new CartEmpty() };
  return {
    cart: {
      cartId: cart.id,
      currency: cart.currency,
      lines: items.map(({ sku, quantity }) => ({ sku, quantity })),
      owner: { cartTokenHash: cart.tokenHash, customerId: cart.customerId ?? undefined },
    },
  };
}
