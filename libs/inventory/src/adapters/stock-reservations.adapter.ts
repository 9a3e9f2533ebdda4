import { Injectable } from '@nestjs/common';
import { StockReservations, type HoldOutcome, type HoldRequest } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { ExtendHold } from '../use-cases/extend-hold.js';
import { HoldStock } from '../use-cases/hold-stock.js';
import { ReleaseStock } from '../use-cases/release-stock.js';

@Injectable()
export class StockReservationsAdapter extends StockReservations {
  constructor(
    private readonly holdStock: HoldStock,
    private readonly extendHold: ExtendHold,
    private readonly releaseStock: ReleaseStock,
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

  override backAgain(): Promise<never> {
    throw new Error('Not built yet.');
  }

  override areShorted(): Promise<never> {
    throw new Error('Not built yet.');
  }
}
