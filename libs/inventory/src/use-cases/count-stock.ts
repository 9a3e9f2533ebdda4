import { Injectable } from '@nestjs/common';
import { SingleCommand } from '#commands';
import { stockLock } from '#contracts';
import type { Tx } from '#database';
import type { ExpectedVersions } from '#kernel';
import type { StockLevel } from '../persistence/stock-level.entity.js';
import { lockLevel, recordMovement } from '../persistence/stock-ledger.js';

export interface PhysicalCount {
  readonly sku: string;
  /** Units that lie there, held ones included. */
  readonly onHand: number;
  readonly reason: string;
  readonly actor: string;
  readonly expected: ExpectedVersions;
}

/** Somebody has counted. The difference becomes a movement, also when it is 0: that the level was counted is a fact of its own. */
@Injectable()
export class CountStock extends SingleCommand<PhysicalCount, StockLevel> {
  override lock({ sku }: PhysicalCount) {
    return stockLock.lock(sku);
  }

  override async runOne(tx: Tx, counted: PhysicalCount): Promise<StockLevel> {
    const level = await lockLevel(tx, counted.sku, counted.expected);
    const delta = counted.onHand - level.onHand;
    return (await recordMovement(tx, level, { ...counted, delta, kind: 'count' })).level;
  }
}
