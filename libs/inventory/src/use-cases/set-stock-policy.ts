import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { stockLock } from '#contracts';
import type { Tx } from '#database';
import type { ExpectedVersions } from '#kernel';
import { Outbox } from '#messaging';
import { promisable } from '../domain/level.js';
import { StockLevel } from '../persistence/stock-level.entity.js';
import { belowReserved, lockLevel } from '../persistence/stock-ledger.js';
import { UPDATE_POLICY } from '../persistence/update-policy.js';
import { levelCrossings } from './level-crossings.js';

export interface StockPolicy {
  readonly sku: string;
  readonly location: string;
  readonly safetyStock: number;
  readonly backorderLimit: number;
  readonly lowStockAt: number | null;
  readonly actor: string;
  readonly expected: ExpectedVersions;
}

/** Staff decide what a level keeps back, how far it may be promised beyond what lies there, and when it is low. */
@Injectable()
export class SetStockPolicy extends SingleCommand<StockPolicy, StockLevel> {
  constructor(private readonly outbox: Outbox) {
    super();
  }

  override lock({ sku }: StockPolicy) {
    return stockLock.lock(sku);
  }

  override async runOne(tx: Tx, policy: StockPolicy): Promise<StockLevel> {
    const { sku, location, safetyStock, backorderLimit, lowStockAt, actor, expected } = policy;
    const level = await lockLevel(tx, policy, expected);
    const changed = { ...level, safetyStock, backorderLimit, lowStockAt };
    if (level.reserved > level.onHand + backorderLimit) throw await belowReserved(tx, changed, level.onHand);
    const { count } = await tx.query(UPDATE_POLICY, [sku, location, safetyStock, backorderLimit, lowStockAt]);
    if (count !== 1) throw new Error('A locked stock level changed under its lock.');
    await recordAudit(tx, actor, [
      {
        action: 'stock.policy',
        subject: { type: 'stock', id: sku },
        before: { location, ...policyOf(level) },
        after: { location, ...policyOf(changed) },
      },
    ]);
    await this.outbox.add(
      tx,
      levelCrossings([{ ...level, lowStockAt }], () => promisable(changed) - promisable(level)),
    );
    return tx.manager.findOneByOrFail(StockLevel, { sku, location });
  }
}

const policyOf = ({
  safetyStock,
  backorderLimit,
  lowStockAt,
}: Omit<StockPolicy, 'sku' | 'location' | 'actor' | 'expected'>) => ({
  safetyStock,
  backorderLimit,
  lowStockAt,
});
