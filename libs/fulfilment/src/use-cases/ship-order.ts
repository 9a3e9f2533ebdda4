import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { orderLock, OrderFulfilments, type HoldLine } from '#contracts';
import type { Tx } from '#database';
import { DomainError, newId, type ExpectedVersions, type Id } from '#kernel';
import { AlreadyShipped } from '../domain/fulfilment.errors.js';
import { allShipped, goodsToShip, type FulfilledLine } from '../domain/judge-units.js';
import { changeOrderLines, findOrderLines, openOrderLines } from '../persistence/order-lines.js';
import { ShipmentRepository } from '../persistence/shipment.repository.js';
import type { Shipment, Tracking } from '../persistence/shipment.entity.js';

export interface Shipping {
  readonly orderId: Id<'order'>;
  /** Each SKU once. Undefined: everything that has not left. */
  readonly items?: readonly HoldLine[] | undefined;
  /** Undefined: wherever the order holds its goods. */
  readonly location?: string | undefined;
  readonly tracking?: Tracking | undefined;
  /** Versions of the order that staff accept. */
  readonly expected: ExpectedVersions;
  readonly actor: string;
}

/** Staff hand goods of an order to a carrier. The order moves with the same commit. */
@Injectable()
export class ShipOrder extends SingleCommand<Shipping, Shipment> {
  constructor(
    private readonly orders: OrderFulfilments,
    private readonly repository: ShipmentRepository,
  ) {
    super();
  }

  override lock({ orderId }: Shipping) {
    return orderLock.lock(orderId);
  }

  /**
   * @throws `order_not_found` `stale_version` `invalid_transition` @throws {AlreadyShipped} @throws {OverShipment}
   * @throws {SkuNotOrdered}
   */
  override async runOne(tx: Tx, request: Shipping): Promise<Shipment> {
    const { orderId, items, location, tracking, actor } = request;
    const goods = goodsToShip(await this.lockLines(tx, request), items);
    const lines = await changeOrderLines(
      tx,
      orderId,
      goods.map(({ sku, quantity }) => ({ sku, shipped: quantity })),
    );
    const shipment = await this.repository.ship(tx, { id: newId('shp'), orderId, goods, location, tracking, actor });
    const { id: shipmentId } = shipment;
    await this.orders.shipped(tx, { orderId, actor, complete: allShipped(lines), shipmentId });
    const subject = { type: 'order', id: orderId };
    const after = { shipmentId, goods, location: shipment.location, tracking: shipment.tracking };
    await recordAudit(tx, actor, [{ action: 'order.ship', subject, before: null, after }]);
    return shipment;
  }

  private async lockLines(tx: Tx, { orderId, expected }: Shipping): Promise<FulfilledLine[]> {
    try {
      const { lines } = await this.orders.lockToShip(tx, orderId, expected);
      return await openOrderLines(tx, orderId, lines);
    } catch (error) {
      // An order whose goods have all left is in no state to ship, but that is not what its staff want to know.
      if (!(error instanceof DomainError) || error.code !== 'invalid_transition') throw error;
      const lines = await findOrderLines(tx, orderId);
      throw lines.length > 0 && allShipped(lines) ? new AlreadyShipped() : error;
    }
  }
}
