import { Injectable } from '@nestjs/common';
import { OrderPayments, type BuyerCredentials } from '#contracts';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { listShipments, type ShipmentSlice } from '../persistence/list-goods.js';
import type { Shipment } from '../persistence/shipment.entity.js';

/** Shipments, the newest first: of one order for whom it is open to, or of all orders for staff. */
@Injectable()
export class ListShipments {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: OrderPayments,
  ) {}

  all(slice: ShipmentSlice): Promise<Shipment[]> {
    return this.transactions.read((db) => listShipments(db, slice));
  }

  /** @throws `order_not_found` when the credentials do not open the order. */
  ofOrder(slice: ShipmentSlice & { readonly orderId: Id<'order'> }, buyer: BuyerCredentials): Promise<Shipment[]> {
    return this.transactions.read(async (db) => {
      await this.orders.assertAccess(db, slice.orderId, buyer);
      return listShipments(db, slice);
    });
  }
}
