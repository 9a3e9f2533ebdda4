import { statement, type Tx } from '#database';
import type { Cart } from './cart.entity.js';

export const INSERT_CART = statement(
  'INSERT INTO cart.carts (id, currency, token_hash, customer_id) VALUES ($1, $2, $3, $4)',
);

type NewCart = Pick<Cart, 'id' | 'currency' | 'tokenHash' | 'customerId'>;

export async function insertCart(tx: Tx, { id, currency, tokenHash, customerId }: NewCart): Promise<void> {
  await tx.query(INSERT_CART, [id, currency, tokenHash, customerId]);
}
