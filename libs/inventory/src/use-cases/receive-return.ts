import { Injectable } from '@nestjs/common';
import type { ClaimedReturn } from '#contracts';
import type { Tx } from '#database';
import { Outbox, PermanentFailure, type Cause } from '#messaging';
import { LocationNotFound } from '../domain/inventory.errors.js';
import { hasMoved } from '../persistence/find-goods-movements.js';
import { lockLevels } from '../persistence/lock-levels.js';
import { openLevels } from '../persistence/open-levels.js';
import { receiveGoods, type ReceivedLine } from '../persistence/receive-goods.js';
import { DEFAULT_LOCATION } from '../persistence/stock-level.entity.js';
import { StockLocation } from '../persistence/stock-location.entity.js';
import { levelCrossings } from './level-crossings.js';

export interface ReceivedReturn extends Pick<ClaimedReturn, 'returnId' | 'lines'> {
  /** Null: where the shop receives goods. */
  readonly location: string | null;
  readonly cause: Cause;
}

/** Enters returned goods into stock, once. */
@Injectable()
export class ReceiveReturn {
  constructor(private readonly outbox: Outbox) {}

  async run(tx: Tx, { returnId, lines, location: named, cause }: ReceivedReturn): Promise<void> {
    const received = oneLineASku(lines);
    if (received.length === 0) return;
    const skus = received.map(({ sku }) => sku);
    const location = await placeFor(tx, named);
    await openLevels(
      tx,
      skus.map((sku) => ({ sku, onHand: 0 })),
      'fulfilment',
      location,
    );
    const levels = await lockLevels(tx, skus);
    if (await hasMoved(tx, returnId, 'return')) return;
    await receiveGoods(tx, received, { location, reference: returnId });
    const restocked = new Map(received.map((line) => [line.sku, line.restocked]));
    const change = ({ sku, location: at }: { readonly sku: string; readonly location: string }) =>
      at === location ? restocked.get(sku) : undefined;
    await this.outbox.add(tx, levelCrossings(levels, change, cause));
  }
}

async function placeFor(tx: Tx, named: string | null): Promise<string> {
  if (named === null) {
    const receiving = await tx.manager.findOne(StockLocation, {
      where: { active: true, receivesReturns: true },
      order: { priority: 'ASC', id: 'ASC' },
    });
    return receiving?.id ?? DEFAULT_LOCATION;
  }
  if ((await tx.manager.findOneBy(StockLocation, { id: named })) !== null) return named;
  const error = new LocationNotFound(named);
  throw new PermanentFailure(`${error.code}: ${error.message}`, { cause: error });
}

function oneLineASku(lines: readonly ReceivedLine[]): ReceivedLine[] {
  const sums = new Map<string, ReceivedLine>();
  for (const { sku, restocked, writtenOff } of lines) {
    const sum = sums.get(sku) ?? { sku, restocked: 0, writtenOff: 0 };
    sums.set(sku, { sku, restocked: sum.restocked + restocked, writtenOff: sum.writtenOff + writtenOff });
  }
  return [...sums.values()].filter(({ restocked, writtenOff }) => restocked + writtenOff > 0);
}
