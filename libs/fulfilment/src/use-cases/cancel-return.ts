import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand, type LockRequest } from '#commands';
import { orderLock } from '#contracts';
import type { Reader, Tx } from '#database';
import type { Id } from '#kernel';
import { changeOrderLines } from '../persistence/order-lines.js';
import { ordersOfReturns } from '../persistence/orders-of.js';
import { ReturnRepository } from '../persistence/return.repository.js';
import type { GoodsReturn } from '../persistence/goods-return.entity.js';

export interface ReturnCancellation {
  readonly returnId: Id<'ret'>;
  readonly reason: string;
  readonly actor: string;
}

/** Goods that were to come back stay with their buyer, and can be asked for again. */
@Injectable()
export class CancelReturn extends SingleCommand<ReturnCancellation, GoodsReturn> {
  constructor(private readonly repository: ReturnRepository) {
    super();
  }

  override async sharedLock(db: Reader, requests: readonly ReturnCancellation[]): Promise<LockRequest> {
    return orderLock.lock(
      ...(await ordersOfReturns(
        db,
        requests.map(({ returnId }) => returnId),
      )),
    );
  }

  /** @throws {ReturnNotFound} @throws {InvalidTransition} for one that was received or cancelled */
  override async runOne(tx: Tx, { returnId, reason, actor }: ReturnCancellation): Promise<GoodsReturn> {
    const seen = await this.repository.read(tx, returnId);
    const goodsReturn = await this.repository.end(tx, 'cancelled', { id: returnId, actor, cancelReason: reason });
    const { orderId } = goodsReturn;
    await changeOrderLines(
      tx,
      orderId,
      goodsReturn.lines.map(({ sku, quantity }) => ({ sku, returnAsked: -quantity })),
    );
    const subject = { type: 'order', id: orderId };
    const change = { before: { returnId, status: seen.status }, after: { returnId, status: goodsReturn.status } };
    await recordAudit(tx, actor, [{ action: 'return.cancel', subject, ...change, reason }]);
    return goodsReturn;
  }
}
