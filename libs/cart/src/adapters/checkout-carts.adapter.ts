import { Injectable } from '@nestjs/common';
import {
  CheckoutCarts,
  type BuyerCredentials,
  type CartForCheckout,
  type CheckoutOutcome,
  type CheckoutRequest,
} from '#contracts';
import type { Reader, Tx } from '#database';
import { StaleVersion, type Currency, type Id } from '#kernel';
import { canMove, sourcesOf, type CartStatus } from '../domain/cart-status.js';
import { Cart, opens } from '../persistence/cart.entity.js';
import { CartAlreadyOrdered, CartEmpty, CartNotFound } from '../domain/cart.errors.js';

interface CartRow {
  readonly id: Id<'cart'>;
  readonly status: CartStatus;
  readonly currency: Currency;
  readonly tokenHash: string;
  readonly customerId: string | null;
  readonly orderId: Id<'order'> | null;
  readonly version: number;
}

type Line = CartForCheckout['lines'][number];

/** Everybody locks carts in this order, so that lists with common carts wait for each other and do not deadlock. */
const LOCK = `
  SELECT id, status, currency, token_hash AS "tokenHash", customer_id AS "customerId", order_id AS "orderId",
         version
  FROM cart.carts WHERE id = ANY ($1) ORDER BY id FOR UPDATE`;

const LINES = `
  SELECT cart_id AS "cartId", sku, quantity FROM cart.items WHERE cart_id = ANY ($1) ORDER BY cart_id, position`;

/** Carts on their way to becoming orders. */
@Injectable()
export class CheckoutCartsAdapter extends CheckoutCarts {
  override async assertAccess(db: Reader, cartId: Id<'cart'>, buyer: BuyerCredentials): Promise<void> {
    const cart = await db.manager.findOneBy(Cart, { id: cartId });
    if (!cart?.isOpenTo(buyer)) throw new CartNotFound();
  }

  /** None of a cart that cannot be ordered any more: there is no stock to lock for it. */
  override async skusOf(db: Reader, requests: readonly CheckoutRequest[]): Promise<string[]> {
    const { rows } = await db.query<{ sku: string }>(
      `SELECT DISTINCT items.sku
       FROM unnest($1::text[], $2::text[], $3::text[]) AS input (cart_id, token_hash, customer_id)
       JOIN cart.carts ON carts.id = input.cart_id
         AND (carts.token_hash = input.token_hash OR carts.customer_id = input.customer_id)
       JOIN cart.items ON items.cart_id = carts.id
       WHERE carts.status = ANY ($4)`,
      [
        requests.map(({ cartId }) => cartId),
        requests.map(({ buyer }) => buyer.cartTokenHash ?? null),
        requests.map(({ buyer }) => buyer.customerId ?? null),
        sourcesOf('ordered'),
      ],
    );
    return rows.map((row) => row.sku);
  }

  override async lockForCheckout(tx: Tx, requests: readonly CheckoutRequest[]): Promise<CheckoutOutcome[]> {
    const ids = [...new Set(requests.map((request) => request.cartId))];
    const carts = await tx.query<CartRow>(LOCK, [ids]);
    // Read by a second statement: the one that waited for the locks still sees the items as they were before it waited.
    const items = await tx.query<Line & { readonly cartId: Id<'cart'> }>(LINES, [ids]);
    const cartById = new Map(carts.rows.map((cart) => [cart.id, cart]));
    const linesById = new Map(ids.map((id): [Id<'cart'>, Line[]] => [id, []]));
    for (const { cartId, sku, quantity } of items.rows) linesById.get(cartId)?.push({ sku, quantity });
    return requests.map((request) =>
      outcomeOf(cartById.get(request.cartId), linesById.get(request.cartId) ?? [], request),
    );
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

function outcomeOf(
  cart: CartRow | undefined,
  lines: readonly Line[],
  { buyer, expected }: CheckoutRequest,
): CheckoutOutcome {
  if (cart === undefined || !opens(buyer, cart)) return { error: new CartNotFound() };
  if (cart.orderId !== null) return { error: new CartAlreadyOrdered(cart.orderId) };
  if (!canMove(cart.status, 'ordered')) return { error: new CartNotFound() };
  if (expected !== undefined && !expected.includes(cart.version)) return { error: new StaleVersion(cart.version) };
  if (lines.length === 0) return { error: new CartEmpty() };
  const owner = { cartTokenHash: cart.tokenHash, customerId: cart.customerId ?? undefined };
  return { cart: { cartId: cart.id, currency: cart.currency, lines, owner } };
}
