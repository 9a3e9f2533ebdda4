import { idSchema, type Id } from '#kernel';
import { OrderNotFound } from '../domain/order.errors.js';

const schema = idSchema('order');

/** @throws {OrderNotFound} for a text that cannot be the id of an order. */
export function orderIdOf(params: { readonly orderId: string }): Id<'order'> {
  const parsed = schema.safeParse(params.orderId);
  if (!parsed.success) throw new OrderNotFound();
  return parsed.data;
}
