import type { BuyerCredentials } from '#contracts';
import { col, statement, type Tx } from '#database';
import { StaleVersion, type Currency, type ExpectedVersions, type Id } from '#kernel';
import type { CartStatus } from '../domain/transitions.js';
import { Cart } from './cart.entity.js';
import { CartAlreadyOrdered, CartNotFound } from '../domain/cart.errors.js';

export const LOCK_CART = statement(
  `UPDATE cart.carts SET version = version + 1, updated_at = now()
   WHERE id = $1 AND status = 'active' AND (token_hash = $2 OR customer_id = $3) AND ($4::bigint[] IS NULL OR version = ANY ($4))
   RETURNING id, status, currency, token_hash AS "tokenHash", customer_id AS "customerId", order_id AS "orderId", discount_code AS "discountCode", version,
     created_at AS "createdAt", updated_at AS "updatedAt"`,
  {
    id: col.text<Id<'cart'>>(),
    status: col.text<CartStatus>(),
    currency: col.char<Currency>(),
    tokenHash: col.orNull(col.text()),
    customerId: col.orNull(col.text()),
    orderId: col.orNull(col.text<Id<'order'>>()),
    discountCode: col.orNull(col.text()),
    version: col.integer(),
    createdAt: col.timestamptz(),
    updatedAt: col.timestamptz(),
  },
);

/** Which cart a request wants to change, and by what right. */
export interface CartWrite {
  readonly cartId: Id<'cart'>;
  readonly buyer: BuyerCredentials;
  readonly expected: ExpectedVersions;
}

/**
 * Takes the cart's row for this transaction and counts its version up: the guarded write that keeps parallel changes apart with or
 * without the lock service. The cart returned shows the new version.
 *
 * @throws {CartNotFound} @throws {CartAlreadyOrdered} @throws {StaleVersion}
 */
export async function lockCart(tx: Tx, write: CartWrite): Promise<Cart> {
  const { cartId, buyer, expected } = write;
  const { cartTokenHash = null, customerId = null } = buyer;
  const { rows } = await tx.query(LOCK_CART, [cartId, cartTokenHash, customerId, expected ?? null]);
  const row = rows[0];
  if (row === undefined) throw await refusal(tx, write);
  return Object.assign(new Cart(), row);
}

async function refusal(tx: Tx, { cartId, buyer }: CartWrite): Promise<Error> {
  const cart = await tx.manager.findOneBy(Cart, { id: cartId });
  if (!cart?.isOpenTo(buyer)) return new CartNotFound();
  if (cart.status === 'active') return new StaleVersion(cart.version);
  return cart.orderId === null ? new CartNotFound() : new CartAlreadyOrdered(cart.orderId);
}
