import { In, LessThan } from 'typeorm';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import type { ReturnStatus, ShipmentStatus } from '../domain/transitions.js';
import { GoodsReturn, ReturnLine } from './goods-return.entity.js';
import { Shipment, ShipmentLine } from './shipment.entity.js';

interface Slice<Prefix extends string, Status> {
  /** Undefined: of all orders. */
  readonly orderId?: Id<'order'> | undefined;
  readonly status?: Status | undefined;
  /** The last one of the page before; undefined for the first page. */
  readonly after: Id<Prefix> | undefined;
  readonly count: number;
}

export type ShipmentSlice = Slice<'shp', ShipmentStatus>;
export type ReturnSlice = Slice<'ret', ReturnStatus>;

const whereOf = <Prefix extends string, Status>({ orderId, status, after }: Slice<Prefix, Status>) => ({
  ...(orderId !== undefined && { orderId }),
  ...(status !== undefined && { status }),
  ...(after !== undefined && { id: LessThan(after) }),
});

/** The newest first, with their lines. */
export async function listShipments({ manager }: Reader, slice: ShipmentSlice): Promise<Shipment[]> {
  const found = await manager.find(Shipment, { where: whereOf(slice), order: { id: 'DESC' }, take: slice.count });
  const shipmentId = In(found.map(({ id }) => id));
  const lines = await manager.find(ShipmentLine, { where: { shipmentId }, order: { sku: 'ASC' } });
  for (const shipment of found) shipment.lines = lines.filter((line) => line.shipmentId === shipment.id);
  return found;
}

/** The newest first, with their lines. */
export async function listReturns({ manager }: Reader, slice: ReturnSlice): Promise<GoodsReturn[]> {
  const found = await manager.find(GoodsReturn, { where: whereOf(slice), order: { id: 'DESC' }, take: slice.count });
  const returnId = In(found.map(({ id }) => id));
  const lines = await manager.find(ReturnLine, { where: { returnId }, order: { sku: 'ASC' } });
  for (const goodsReturn of found) goodsReturn.lines = lines.filter((line) => line.returnId === goodsReturn.id);
  return found;
}
