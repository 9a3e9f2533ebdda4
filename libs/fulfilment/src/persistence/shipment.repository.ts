import { Injectable } from '@nestjs/common';
import type { Reader, Tx } from '#database';
import type { Id } from '#kernel';
import { Outbox } from '#messaging';
import { ShipmentNotFound } from '../domain/fulfilment.errors.js';
import { SHIPMENT_TRANSITIONS } from '../domain/transitions.js';
import { deliverShipment, insertShipment, type NewShipment } from './write-shipment.js';
import { Shipment, type Tracking } from './shipment.entity.js';

/** The one writer of shipments: state, history row and event are written together. */
@Injectable()
export class ShipmentRepository {
  constructor(private readonly outbox: Outbox) {}

  /** @throws {ShipmentNotFound} */
  async read({ manager }: Reader, id: Id<'shp'>): Promise<Shipment> {
    const [shipment] = await manager.find(Shipment, {
      where: { id },
      relations: { lines: true },
      order: { lines: { sku: 'ASC' } },
    });
    if (shipment === undefined) throw new ShipmentNotFound();
    return shipment;
  }

  async ship(tx: Tx, shipment: NewShipment): Promise<Shipment> {
    await insertShipment(tx, shipment);
    const shipped = await this.read(tx, shipment.id);
    await this.outbox.add(tx, [SHIPMENT_TRANSITIONS.shipped.event(shipped)]);
    return shipped;
  }

  /** Undefined, and nothing is done, for one that has been delivered. */
  async deliver(tx: Tx, id: Id<'shp'>, actor: string): Promise<Shipment | undefined> {
    if (!(await deliverShipment(tx, id, actor))) return undefined;
    const delivered = await this.read(tx, id);
    await this.outbox.add(tx, [SHIPMENT_TRANSITIONS.delivered.event(delivered)]);
    return delivered;
  }

  /** No state changes, so there is no event. */
  async track({ manager }: Tx, id: Id<'shp'>, { carrier, number, url }: Tracking): Promise<void> {
    await manager.update(Shipment, { id }, { carrier, trackingNumber: number, trackingUrl: url ?? null });
  }
}
