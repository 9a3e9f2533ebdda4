import { Injectable } from '@nestjs/common';
import { OrderFulfilments, type GoodsMoved, type OrderToFulfil } from '#contracts';
import type { Tx } from '#database';
import { assertVersion, type ExpectedVersions, type Id } from '#kernel';
import { InvalidTransition, OrderNotFound } from '../domain/order.errors.js';
import type { Returned, Shipped } from '../domain/order-events.js';
import { mayBegin, type Transition } from '../domain/transition.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { findOrder, lockOrder } from '../persistence/find-order.js';
import type { Order } from '../persistence/order.entity.js';
import { OrderRepository } from '../persistence/order.repository.js';

type Moved<Data> = GoodsMoved & Data;

/** What the fulfilment module may ask of an order, and do to it. */
@Injectable()
export class OrderFulfilmentsAdapter extends OrderFulfilments {
  constructor(private readonly repository: OrderRepository) {
    super();
  }

  override async lockToShip(tx: Tx, orderId: Id<'order'>, expected?: ExpectedVersions): Promise<OrderToFulfil> {
    const order = await lock(tx, orderId, expected);
    if (!mayBegin(TRANSITIONS.shipped, order.states)) throw InvalidTransition.of(order, 'shipped');
    return toFulfil(order);
  }

  override async lockToReturn(tx: Tx, orderId: Id<'order'>, expected?: ExpectedVersions): Promise<OrderToFulfil> {
    const order = await lock(tx, orderId, expected);
    if (!mayBegin(TRANSITIONS.returned, order.states)) throw InvalidTransition.of(order, 'returned');
    return toFulfil(order);
  }

  override shipped(tx: Tx, change: Moved<Shipped>): Promise<void> {
    const { shipmentId } = change;
    return this.move(tx, change.complete ? TRANSITIONS.shipped : TRANSITIONS.partiallyShipped, change, { shipmentId });
  }

  override delivered(tx: Tx, change: Moved<Shipped>): Promise<void> {
    const row = change.complete ? TRANSITIONS.delivered : TRANSITIONS.partiallyDelivered;
    return this.move(tx, row, change, { shipmentId: change.shipmentId });
  }

  override returned(tx: Tx, change: Moved<Returned>): Promise<void> {
    const { returnId } = change;
    return this.move(tx, change.complete ? TRANSITIONS.returned : TRANSITIONS.partiallyReturned, change, { returnId });
  }

  private async move<Data>(tx: Tx, row: Transition<Data>, { orderId, actor }: GoodsMoved, data: Data): Promise<void> {
    const moved = await this.repository.transition<Data>(tx, row, [{ orderId, actor, data }]);
    if (moved.length > 0) return;
    const order = await findOrder(tx, orderId);
    if (order === undefined) throw new OrderNotFound();
    throw InvalidTransition.of(order, row.type.replace('order.', ''));
  }
}

async function lock(tx: Tx, orderId: Id<'order'>, expected: ExpectedVersions | undefined): Promise<Order> {
  const { version } = await lockOrder(tx, orderId, { anyBuyer: true });
  assertVersion(expected, version);
  const order = await findOrder(tx, orderId);
  if (order === undefined) throw new OrderNotFound();
  return order;
}

function toFulfil({ id: orderId, currency, total, lines }: Order): OrderToFulfil {
  const bySku = new Map<string, OrderToFulfil['lines'][number]>();
  for (const { sku, quantity, lineTotal } of lines) {
    const known = bySku.get(sku) ?? { quantity: 0, lineTotal: 0 };
    bySku.set(sku, { sku, quantity: known.quantity + quantity, lineTotal: known.lineTotal + lineTotal });
  }
  return { orderId, currency, total, lines: [...bySku.values()] };
}
