import { Injectable } from '@nestjs/common';
import { SingleCommand } from '#commands';
import { stockLock } from '#contracts';
import type { Tx } from '#database';
import type { ExpectedVersions } from '#kernel';
import { Outbox } from '#messaging';
import type { StockLevel } from '../persistence/stock-level.entity.js';
import { lockLevel, recordMovement } from '../persistence/stock-ledger.js';
import type { StockMovement } from '../persistence/stock-movement.entity.js';
import { levelCrossings } from './level-crossings.js';

export interface Adjustment {
  readonly sku: string;
  readonly location: string;
  /** Units that came (positive) or went. */
  readonly delta: number;
  readonly reason: string;
  readonly reference?: string | undefined;
  readonly actor: string;
  readonly expected: ExpectedVersions;
}

export interface AdjustedStock {
  readonly movement: StockMovement;
  readonly level: StockLevel;
}

/** Units came or went outside the orders: a delivery, a breakage, a correction. Refused where orders hold what would go. */
@Injectable()
export class AdjustStock extends SingleCommand<Adjustment, AdjustedStock> {
  constructor(private readonly outbox: Outbox) {
    super();
  }

  override lock({ sku }: Adjustment) {
    return stockLock.lock(sku);
  }

  override async runOne(tx: Tx, adjustment: Adjustment): Promise<AdjustedStock> {
    const level = await lockLevel(tx, adjustment, adjustment.expected);
    const adjusted = await recordMovement(tx, level, { ...adjustment, kind: 'adjustment' });
    await this.outbox.add(
      tx,
      levelCrossings([level], () => adjustment.delta),
    );
    return adjusted;
  }
}
