import { idSchema, type Id } from '#kernel';
import { CartNotFound } from '../domain/cart.errors.js';

const schema = idSchema('cart');

/** @throws {CartNotFound} for a text that cannot be the id of a cart. */
export function cartIdOf(params: { readonly cartId: string }): Id<'cart'> {
  const parsed = schema.safeParse(params.cartId);
  if (!parsed.success) throw new CartNotFound();
  return parsed.data;
}
