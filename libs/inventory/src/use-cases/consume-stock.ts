import { Injectable } from '@nestjs/common';
import { ConfirmedOrders, StockConsumed, type ClaimedShipment } from '#contracts';
import type { Tx } from '#database';
import { message, Outbox, PermanentFailure, UnfoundedEvent, type Cause } from '#messaging';
import { GoodsNotOnHand, ShippedNotHeld } from '../domain/inventory.errors.js';
import { planConsumption } from '../domain/plan-consumption.js';
import { BACKING, UNPAID } from '../domain/transitions.js';
import { consumeReservations } from '../persistence/consume-reservations.js';
import { eventLinesOf } from '../persistence/by-order.js';
import { hasMoved } from '../persistence/find-goods-movements.js';
import { lockLevels } from '../persistence/lock-levels.js';
import { lockReservations } from '../persistence/lock-reservations.js';
import { CommitStock } from './commit-stock.js';
import { levelCrossings } from './level-crossings.js';

export interface ShippedOrder extends ClaimedShipment {
  /** Where the goods lay; null: wherever the order holds them. */
  readonly location: string | null;
  readonly cause: Cause;
}

/**
 * Takes the goods of a shipment out of stock and out of what its order holds, once. An order whose confirmation is still on its way is
 * committed first.
 */
@Injectable()
export class ConsumeStock {
  constructor(
    private readonly orders: ConfirmedOrders,
    private readonly commitStock: CommitStock,
    private readonly outbox: Outbox,
  ) {}

  /**
   * @throws {PermanentFailure} when the order does not hold the goods
   * @throws {GoodsNotOnHand} while the ledger has fewer than left: to be tried again
   */
  async run(tx: Tx, shipment: ShippedOrder): Promise<void> {
    const { orderId, shipmentId, lines } = shipment;
    const known = await lockReservations(tx, [orderId], [...UNPAID, ...BACKING, 'released']);
    if (await hasMoved(tx, shipmentId, 'shipment')) return;
    if (known.some(({ status }) => status === 'held' || status === 'extended')) await this.commit(tx, shipment);
    const reservations = await lockReservations(tx, [orderId], [...UNPAID, ...BACKING, 'released']);
    const levels = await lockLevels(
      tx,
      lines.map(({ sku }) => sku),
    );
    const holds = reservations
      .filter(({ status }) => status === 'committed')
      .map(({ sku, location, heldSequence, quantity, consumed }) => ({
        sku,
        location,
        heldSequence,
        units: quantity - consumed,
      }));
    const plan = planConsumption(lines, holds, levels, shipment.location);
    if ('lacks' in plan) {
      if (plan.lacks === 'goods') throw new GoodsNotOnHand(shipmentId, plan.sku);
      const error = new ShippedNotHeld(shipmentId, plan.sku);
      throw new PermanentFailure(`${error.code}: ${error.message}`, { cause: error });
    }
    const sequence = 1 + Math.max(...reservations.map(({ lastSequence }) => lastSequence));
    await consumeReservations(tx, { orderId, shipmentId, sequence }, plan.consumptions);
    const data = { orderId, lines: eventLinesOf(lines) };
    const change = ({ sku, location }: { readonly sku: string; readonly location: string }) => {
      const own = plan.consumptions.filter((each) => each.sku === sku);
      if (own.every((each) => each.location !== location && each.source !== location)) return undefined;
      return own.reduce(
        (sum, each) => sum + each.units * (Number(each.location === location) - Number(each.source === location)),
        0,
      );
    };
    await this.outbox.add(tx, [
      message(StockConsumed, { subject: orderId, sequence, data, cause: shipment.cause }),
      ...levelCrossings(levels, change, shipment.cause),
    ]);
  }

  private async commit(tx: Tx, { orderId, lines, cause }: ShippedOrder): Promise<void> {
    const confirmed = await this.orders.confirmedAmong(tx, [orderId]);
    if (!confirmed.has(orderId)) throw new UnfoundedEvent(`Order ${orderId} is not confirmed.`);
    const [outcome] = await this.commitStock.run(tx, [{ orderId, lines, cause }]);
    if (outcome?.committed !== false) return;
    throw new PermanentFailure(`${outcome.error.code}: ${outcome.error.message}`, { cause: outcome.error });
  }
}
