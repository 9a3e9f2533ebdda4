import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand, type LockRequest } from '#commands';
import { orderLock, OrderFulfilments } from '#contracts';
import type { Reader, Tx } from '#database';
import type { Id } from '#kernel';
import { allShipped } from '../domain/judge-units.js';
import { findOrderLines } from '../persistence/order-lines.js';
import { ShipmentRepository } from '../persistence/shipment.repository.js';
import { Shipment } from '../persistence/shipment.entity.js';
import { ordersOfShipments } from '../persistence/orders-of.js';

export interface Delivery {
  readonly shipmentId: Id<'shp'>;
  readonly actor: string;
}

/** Staff, or the carrier's messenger, say that a shipment has arrived. Said again, it changes nothing. */
@Injectable()
export class DeliverShipment extends SingleCommand<Delivery, Shipment> {
  constructor(
    private readonly orders: OrderFulfilments,
    private readonly repository: ShipmentRepository,
  ) {
    super();
  }

  override async sharedLock(db: Reader, requests: readonly Delivery[]): Promise<LockRequest> {
    return orderLock.lock(
      ...(await ordersOfShipments(
        db,
        requests.map(({ shipmentId }) => shipmentId),
      )),
    );
  }

  /** @throws {ShipmentNotFound} @throws `invalid_transition` when its order is in no state in which goods arrive */
  override async runOne(tx: Tx, { shipmentId, actor }: Delivery): Promise<Shipment> {
    const seen = await this.repository.read(tx, shipmentId);
    if (seen.status === 'delivered') return seen;
    const { orderId } = seen;
    // The order first, as everywhere, and so that of the last two shipments the later one completes it.
    await this.orders.lockToReturn(tx, orderId);
    const shipment = await this.repository.deliver(tx, shipmentId, actor);
    if (shipment === undefined) return this.repository.read(tx, shipmentId);
    const isUnderWay = await tx.manager.existsBy(Shipment, { orderId, status: 'shipped' });
    const complete = !isUnderWay && allShipped(await findOrderLines(tx, orderId));
    await this.orders.delivered(tx, { orderId, actor, complete, shipmentId });
    const subject = { type: 'order', id: orderId };
    const change = { before: { shipmentId, status: seen.status }, after: { shipmentId, status: shipment.status } };
    await recordAudit(tx, actor, [{ action: 'shipment.deliver', subject, ...change }]);
    return shipment;
  }
}
