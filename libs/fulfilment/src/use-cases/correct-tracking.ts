import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { ShipmentNotFound } from '../domain/fulfilment.errors.js';
import { ShipmentRepository } from '../persistence/shipment.repository.js';
import { Shipment, type Tracking } from '../persistence/shipment.entity.js';

export interface TrackingCorrection {
  readonly shipmentId: Id<'shp'>;
  readonly tracking: Tracking;
  readonly actor: string;
}

/** Staff say by whom a shipment travels, or correct it. */
@Injectable()
export class CorrectTracking extends SingleCommand<TrackingCorrection, Shipment> {
  constructor(private readonly repository: ShipmentRepository) {
    super();
  }

  /** @throws {ShipmentNotFound} */
  override async runOne(tx: Tx, { shipmentId, tracking, actor }: TrackingCorrection): Promise<Shipment> {
    const seen = await tx.manager.findOne(Shipment, { where: { id: shipmentId }, lock: { mode: 'pessimistic_write' } });
    if (seen === null) throw new ShipmentNotFound();
    await this.repository.track(tx, shipmentId, tracking);
    const subject = { type: 'order', id: seen.orderId };
    const change = { before: { shipmentId, tracking: seen.tracking }, after: { shipmentId, tracking } };
    await recordAudit(tx, actor, [{ action: 'shipment.track', subject, ...change }]);
    return this.repository.read(tx, shipmentId);
  }
}
