import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand, type LockRequest } from '#commands';
import { orderLock, OrderFulfilments, type OrderToFulfil } from '#contracts';
import type { Reader, Tx } from '#database';
import type { Id } from '#kernel';
import { InvalidTransition } from '../domain/fulfilment.errors.js';
import { allReturned, assertAskedFor, unitsOf, type FulfilledLine, type ReceivedLine } from '../domain/judge-units.js';
import { refundFor, type AskedRefund, type ReturnedUnits } from '../domain/price-of-units.js';
import { askedRefunds } from '../persistence/asked-refunds.js';
import { changeOrderLines, findOrderLines } from '../persistence/order-lines.js';
import { ordersOfReturns } from '../persistence/orders-of.js';
import { ReturnRepository } from '../persistence/return.repository.js';
import type { GoodsReturn } from '../persistence/goods-return.entity.js';

export interface Receipt {
  readonly returnId: Id<'ret'>;
  /** Each SKU once; what is not named has not come. */
  readonly items: readonly ReceivedLine[];
  /** Undefined: the prices of the units. */
  readonly refund: AskedRefund;
  /** Undefined: where the shop receives goods. */
  readonly location: string | undefined;
  readonly actor: string;
}

/** Returned goods have arrived: staff say what can be sold again, and what is given back. Asked-for units that have not come stay with their buyer. */
@Injectable()
export class ReceiveReturn extends SingleCommand<Receipt, GoodsReturn> {
  constructor(
    private readonly orders: OrderFulfilments,
    private readonly repository: ReturnRepository,
  ) {
    super();
  }

  override async sharedLock(db: Reader, requests: readonly Receipt[]): Promise<LockRequest> {
    return orderLock.lock(
      ...(await ordersOfReturns(
        db,
        requests.map(({ returnId }) => returnId),
      )),
    );
  }

  /** @throws {ReturnNotFound} @throws {InvalidTransition} @throws {OverReceipt} @throws {RefundExceedsOrder} */
  override async runOne(tx: Tx, request: Receipt): Promise<GoodsReturn> {
    const { returnId, items, actor } = request;
    const { orderId } = await this.repository.read(tx, returnId);
    const order = await this.orders.lockToReturn(tx, orderId);
    // After the lock, so that of two who receive it at once one finds it received.
    const seen = await this.repository.read(tx, returnId);
    if (seen.status !== 'requested') throw new InvalidTransition(seen.status, 'received');
    assertAskedFor(seen.lines, items);
    const units = returnedUnits(order, await findOrderLines(tx, orderId), items);
    const refund = refundFor(order, units, await askedRefunds(tx, orderId), request.refund);
    const received = { lines: items, refund, location: request.location ?? null };
    const goodsReturn = await this.repository.end(tx, 'received', { id: returnId, actor, received });
    const lines = await changeOrderLines(tx, orderId, changesOf(seen, items));
    await this.orders.returned(tx, { orderId, actor, complete: allReturned(lines), returnId });
    const subject = { type: 'order', id: orderId };
    const change = {
      before: { returnId, status: seen.status },
      after: { returnId, status: goodsReturn.status, items, refund },
    };
    await recordAudit(tx, actor, [{ action: 'return.receive', subject, ...change }]);
    return goodsReturn;
  }
}

function returnedUnits(
  order: OrderToFulfil,
  lines: readonly FulfilledLine[],
  items: readonly ReceivedLine[],
): ReturnedUnits[] {
  return items.flatMap((item) => {
    const { lineTotal, quantity: ordered } = order.lines.find(({ sku }) => sku === item.sku) ?? {};
    if (lineTotal === undefined || ordered === undefined) return [];
    const before = lines.find(({ sku }) => sku === item.sku)?.returned ?? 0;
    return [{ lineTotal, ordered, before, units: unitsOf(item) }];
  });
}

/** What was asked for is not any more, whether or not it has come. */
const changesOf = ({ lines }: GoodsReturn, items: readonly ReceivedLine[]) =>
  lines.map(({ sku, quantity }) => {
    const item = items.find((each) => each.sku === sku);
    return { sku, returnAsked: -quantity, returned: item === undefined ? 0 : unitsOf(item) };
  });
