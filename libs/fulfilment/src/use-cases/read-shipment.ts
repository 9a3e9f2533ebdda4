import { Injectable } from '@nestjs/common';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { ShipmentRepository } from '../persistence/shipment.repository.js';
import type { Shipment } from '../persistence/shipment.entity.js';

@Injectable()
export class ReadShipment {
  constructor(
    private readonly transactions: Transactions,
    private readonly repository: ShipmentRepository,
  ) {}

  /** @throws {ShipmentNotFound} */
  run(shipmentId: Id<'shp'>): Promise<Shipment> {
    return this.transactions.read((db) => this.repository.read(db, shipmentId));
  }
}
