import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { orderLock, OrderFulfilments, OrderPayments, type BuyerCredentials, type HoldLine } from '#contracts';
import type { Tx } from '#database';
import { newId, type ExpectedVersions, type Id } from '#kernel';
import { assertReturnable } from '../domain/judge-units.js';
import { changeOrderLines, openOrderLines } from '../persistence/order-lines.js';
import { ReturnRepository } from '../persistence/return.repository.js';
import type { GoodsReturn } from '../persistence/goods-return.entity.js';

export interface ReturnRequest {
  readonly orderId: Id<'order'>;
  /** Each SKU once. */
  readonly items: readonly HoldLine[];
  readonly reason: string;
  /** Versions of the order that the caller accepts. */
  readonly expected: ExpectedVersions;
  readonly caller: BuyerCredentials & { readonly actor: string };
}

/** A buyer, or staff, say which shipped goods are to come back. Nothing moves until they have arrived. */
@Injectable()
export class RequestReturn extends SingleCommand<ReturnRequest, GoodsReturn> {
  constructor(
    private readonly orders: OrderFulfilments,
    private readonly access: OrderPayments,
    private readonly repository: ReturnRepository,
  ) {
    super();
  }

  override lock({ orderId }: ReturnRequest) {
    return orderLock.lock(orderId);
  }

  /** @throws `order_not_found` `stale_version` `invalid_transition` @throws {OverReturn} @throws {SkuNotOrdered} */
  override async runOne(tx: Tx, request: ReturnRequest): Promise<GoodsReturn> {
    const { orderId, items, reason, expected, caller } = request;
    const { actor } = caller;
    await this.access.assertAccess(tx, orderId, caller);
    const order = await this.orders.lockToReturn(tx, orderId, expected);
    assertReturnable(await openOrderLines(tx, orderId, order.lines), items);
    await changeOrderLines(
      tx,
      orderId,
      items.map(({ sku, quantity }) => ({ sku, returnAsked: quantity })),
    );
    const goodsReturn = await this.repository.request(tx, { id: newId('ret'), orderId, items, reason, actor });
    if (caller.anyBuyer === true) {
      const subject = { type: 'order', id: orderId };
      const after = { returnId: goodsReturn.id, items };
      await recordAudit(tx, actor, [{ action: 'return.request', subject, before: null, after, reason }]);
    }
    return goodsReturn;
  }
}
