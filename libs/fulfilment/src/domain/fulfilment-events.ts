import {
  ReturnCancelled,
  ReturnReceived,
  ReturnRequested,
  ShipmentDelivered,
  ShipmentShipped,
  type HoldLine,
} from '#contracts';
import type { Id, Money } from '#kernel';
import { message, type OutboxMessage } from '#messaging';

/** A shipment right after something happened to it. */
export interface MovedShipment {
  readonly id: Id<'shp'>;
  readonly orderId: Id<'order'>;
  /** Number of the history row, and of its event. */
  readonly lastSequence: number;
  readonly location: string | null;
  readonly lines: readonly HoldLine[];
}

/** A return right after something happened to it. The units that have come are null until it is received. */
export interface MovedReturn {
  readonly id: Id<'ret'>;
  readonly orderId: Id<'order'>;
  readonly lastSequence: number;
  readonly location: string | null;
  readonly refund: Money | null;
  readonly lines: readonly (HoldLine & { readonly restocked: number | null; readonly writtenOff: number | null })[];
}

const about = ({ id, lastSequence }: MovedShipment | MovedReturn) => ({ subject: id, sequence: lastSequence });
const linesOf = ({ lines }: MovedShipment | MovedReturn) => lines.map(({ sku, quantity }) => ({ sku, quantity }));
const shipmentOf = (shipment: MovedShipment) => {
  return { shipmentId: shipment.id, orderId: shipment.orderId, lines: linesOf(shipment) };
};
const returnOf = (goodsReturn: MovedReturn) => {
  return { returnId: goodsReturn.id, orderId: goodsReturn.orderId, lines: linesOf(goodsReturn) };
};

export const shipped = (shipment: MovedShipment): OutboxMessage =>
  message(ShipmentShipped, { ...about(shipment), data: { ...shipmentOf(shipment), location: shipment.location } });

export const delivered = (shipment: MovedShipment): OutboxMessage =>
  message(ShipmentDelivered, { ...about(shipment), data: shipmentOf(shipment) });

export const requested = (goodsReturn: MovedReturn): OutboxMessage =>
  message(ReturnRequested, { ...about(goodsReturn), data: returnOf(goodsReturn) });

export const cancelled = (goodsReturn: MovedReturn): OutboxMessage =>
  message(ReturnCancelled, { ...about(goodsReturn), data: returnOf(goodsReturn) });

/** Lines of which nothing has come are left out. */
export const received = (goodsReturn: MovedReturn): OutboxMessage => {
  const { id, orderId, location, refund } = goodsReturn;
  const lines = goodsReturn.lines
    .map(({ sku, restocked, writtenOff }) => ({ sku, restocked: restocked ?? 0, writtenOff: writtenOff ?? 0 }))
    .filter(({ restocked, writtenOff }) => restocked + writtenOff > 0);
  return message(ReturnReceived, { ...about(goodsReturn), data: { returnId: id, orderId, location, lines, refund } });
};
