import { Injectable } from '@nestjs/common';
import { StockReservations, type ClaimedShortage, type HoldOutcome, type HoldRequest } from '#contracts';
import type { Reader, Tx } from '#database';
import type { DomainError, Id } from '#kernel';
import { sumBySku } from '../domain/sum-by-sku.js';
import { findShortages } from '../persistence/find-shortages.js';
import { BackAgain } from '../use-cases/back-again.js';
import { ExtendHold } from '../use-cases/extend-hold.js';
import { HoldStock } from '../use-cases/hold-stock.js';
import { ReleaseStock } from '../use-cases/release-stock.js';

@Injectable()
export class StockReservationsAdapter extends StockReservations {
  constructor(
    private readonly holdStock: HoldStock,
    private readonly extendHold: ExtendHold,
    private readonly releaseStock: ReleaseStock,
    private readonly backing: BackAgain,
  ) {
    super();
  }

  override hold(tx: Tx, requests: readonly HoldRequest[]): Promise<HoldOutcome[]> {
    return this.holdStock.run(tx, requests);
  }

  override extend(tx: Tx, orderId: Id<'order'>): Promise<Date | undefined> {
    return this.extendHold.start(tx, orderId);
  }

  override keep(tx: Tx, orderId: Id<'order'>, seconds?: number): Promise<Date | undefined> {
    return this.extendHold.keep(tx, orderId, seconds);
  }

  override endExtension(tx: Tx, orderId: Id<'order'>): Promise<Date | undefined> {
    return this.extendHold.takeBack(tx, orderId);
  }

  override release(tx: Tx, orderIds: readonly Id<'order'>[], reason: 'expired' | 'cancelled'): Promise<void> {
    return this.releaseStock.run(tx, orderIds, reason);
  }

  override backAgain(tx: Tx, request: HoldRequest): Promise<{ readonly error: DomainError } | undefined> {
    return this.backing.run(tx, request);
  }

  override async areShorted(db: Reader, claims: readonly ClaimedShortage[]): Promise<boolean[]> {
    const taken = await findShortages(db, claims);
    return claims.map(({ lines }, place) => {
      const claimed = sumBySku(lines);
      const found = taken[place];
      return found?.size === claimed.size && [...claimed].every(([sku, units]) => found.get(sku) === units);
    });
  }
}
