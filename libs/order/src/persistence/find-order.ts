import { In } from 'typeorm';
import type { BuyerCredentials } from '#contracts';
import type { Reader, Tx } from '#database';
import type { Id } from '#kernel';
import { Order } from './order.entity.js';
import { OrderNotFound } from '../domain/order.errors.js';

/** The order with its lines; undefined when there is none. */
export async function findOrder(db: Reader, id: Id<'order'>): Promise<Order | undefined> {
  const [order] = await db.manager.find(Order, {
    where: { id },
    relations: { lines: true },
    order: { lines: { position: 'ASC' } },
  });
  return order;
}

/**
 * Locks the order's row, without its lines, until the transaction ends.
 *
 * @throws {OrderNotFound} also when the credentials do not open it.
 */
export async function lockOrder(tx: Tx, id: Id<'order'>, buyer: BuyerCredentials): Promise<Order> {
  const order = await tx.manager.findOne(Order, { where: { id }, lock: { mode: 'pessimistic_write' } });
  if (!order?.isOpenTo(buyer)) throw new OrderNotFound();
  return order;
}

/** Locks the order's row until the transaction ends. False, and nothing is to be done, when no payment of it is under way. */
export async function lockPendingPayment(tx: Tx, id: Id<'order'>): Promise<boolean> {
  const order = await tx.manager.findOne(Order, { where: { id }, lock: { mode: 'pessimistic_write' } });
  return order?.status === 'pending_payment' && order.paymentStatus === 'pending';
}

/** Locks the rows of those of the orders that there are, without their lines, in the order of their ids. */
export async function lockOrders(tx: Tx, ids: readonly Id<'order'>[]): Promise<Order[]> {
  const lock = { mode: 'pessimistic_write' } as const;
  return tx.manager.find(Order, { where: { id: In([...ids]) }, order: { id: 'ASC' }, lock });
}
