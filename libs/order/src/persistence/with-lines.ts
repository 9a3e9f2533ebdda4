import { In } from 'typeorm';
import type { Reader } from '#database';
import { OrderLine, type Order } from './order.entity.js';

/** The same orders, with their lines: one query for all. */
export async function withLines(db: Reader, orders: readonly Order[]): Promise<Order[]> {
  const lines = await db.manager.find(OrderLine, {
    where: { orderId: In(orders.map(({ id }) => id)) },
    order: { orderId: 'ASC', position: 'ASC' },
  });
  const byId = new Map(orders.map((order) => [order.id, Object.assign(order, { lines: [] as OrderLine[] })]));
  for (const line of lines) byId.get(line.orderId)?.lines.push(line);
  return [...byId.values()];
}
