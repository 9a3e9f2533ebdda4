import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import type { Tx } from '#database';
import { SAVE_LOCATION } from '../persistence/save-location.js';
import { StockLocation } from '../persistence/stock-location.entity.js';

export interface LocationChange {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly priority: number;
  readonly receivesReturns: boolean;
  readonly actor: string;
}

export interface SavedLocation {
  readonly location: StockLocation;
  readonly isNew: boolean;
}

/** Staff open a place where stock lies, or change it. It is never deleted: the ledger names it. */
@Injectable()
export class SaveLocation extends SingleCommand<LocationChange, SavedLocation> {
  override async runOne(tx: Tx, { actor, ...location }: LocationChange): Promise<SavedLocation> {
    const { id, name, active, priority, receivesReturns } = location;
    const before = await tx.manager.findOne(StockLocation, { where: { id }, lock: { mode: 'pessimistic_write' } });
    await tx.query(SAVE_LOCATION, [id, name, active, priority, receivesReturns]);
    const action = before === null ? 'location.create' : 'location.replace';
    await recordAudit(tx, actor, [{ action, subject: { type: 'location', id }, before, after: location }]);
    return { location: await tx.manager.findOneByOrFail(StockLocation, { id }), isNew: before === null };
  }
}
