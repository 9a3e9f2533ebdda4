import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import { stockLock } from '#contracts';
import type { Tx } from '#database';
import { newId } from '#kernel';
import { Outbox } from '#messaging';
import { free } from '../domain/level.js';
import type { LockedLevel } from '../persistence/lock-levels.js';
import { StockLevel } from '../persistence/stock-level.entity.js';
import { belowReserved, insertMovement, lockLevelsAt } from '../persistence/stock-ledger.js';
import { levelCrossings } from './level-crossings.js';

export interface Transfer {
  readonly sku: string;
  readonly from: string;
  readonly to: string;
  readonly quantity: number;
  readonly reason: string;
  readonly actor: string;
}

export interface TransferredStock {
  readonly reference: string;
  readonly from: StockLevel;
  readonly to: StockLevel;
}

/** Carries units that no order holds to another location: two movements, of which the first gives both their reference. */
@Injectable()
export class TransferStock extends SingleCommand<Transfer, TransferredStock> {
  constructor(private readonly outbox: Outbox) {
    super();
  }

  override lock({ sku }: Transfer) {
    return stockLock.lock(sku);
  }

  override async runOne(tx: Tx, transfer: Transfer): Promise<TransferredStock> {
    const { sku, quantity, reason, actor } = transfer;
    const [from, to] = (await lockLevelsAt(tx, sku, [transfer.from, transfer.to], actor)) as [LockedLevel, LockedLevel];
    // Goods that are owed cannot be carried, whatever may be promised beyond them.
    if (free(from) < quantity) throw await belowReserved(tx, { ...from, backorderLimit: 0 }, from.onHand - quantity);
    const reference = newId('mov');
    await insertMovement(tx, from, { id: reference, kind: 'transfer', delta: -quantity, reason, actor, reference });
    await insertMovement(tx, to, { kind: 'transfer', delta: quantity, reason, actor, reference });
    await recordAudit(tx, actor, [
      {
        action: 'stock.transfer',
        subject: { type: 'stock', id: sku },
        before: { from: from.onHand, to: to.onHand },
        after: { from: from.onHand - quantity, to: to.onHand + quantity, reference },
        reason,
      },
    ]);
    await this.outbox.add(
      tx,
      levelCrossings([from, to], ({ location }) => (location === from.location ? -quantity : quantity)),
    );
    return {
      reference,
      from: await tx.manager.findOneByOrFail(StockLevel, { sku, location: from.location }),
      to: await tx.manager.findOneByOrFail(StockLevel, { sku, location: to.location }),
    };
  }
}
