import { In } from 'typeorm';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { GoodsReturn } from './goods-return.entity.js';
import { Shipment } from './shipment.entity.js';

/** The orders that these shipments belong to, each once. Unknown ones are passed over. */
export async function ordersOfShipments({ manager }: Reader, ids: readonly Id<'shp'>[]): Promise<Id<'order'>[]> {
  return distinct(await manager.find(Shipment, { where: { id: In(ids) }, select: { id: true, orderId: true } }));
}

/** The same for returns. */
export async function ordersOfReturns({ manager }: Reader, ids: readonly Id<'ret'>[]): Promise<Id<'order'>[]> {
  return distinct(await manager.find(GoodsReturn, { where: { id: In(ids) }, select: { id: true, orderId: true } }));
}

const distinct = (rows: readonly { readonly orderId: Id<'order'> }[]) => [
  ...new Set(rows.map(({ orderId }) => orderId)),
];
