import { Injectable } from '@nestjs/common';
import { And, LessThan, MoreThan, MoreThanOrEqual, type FindOperator } from 'typeorm';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { LocationNotFound, StockNotFound } from '../domain/inventory.errors.js';
import {
  findReservations,
  type FoundReservation,
  type ReservationFilter,
  type ReservationKey,
} from '../persistence/find-reservations.js';
import { findStock, type StockOfSku } from '../persistence/find-stock.js';
import { StockLevel } from '../persistence/stock-level.entity.js';
import { StockLocation } from '../persistence/stock-location.entity.js';
import { StockMovement, type MovementKind } from '../persistence/stock-movement.entity.js';

/** A place in a list: the rows after the cursor, one more than the limit, so that the reader sees whether there are more. */
interface Slice<Cursor = string> {
  readonly limit: number;
  readonly cursor?: Cursor | undefined;
}

export interface MovementFilter {
  readonly location?: string | undefined;
  readonly kind?: MovementKind | undefined;
  readonly reference?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** What staff read of stock. */
@Injectable()
export class StockQueries {
  /** By SKU, with the levels of each. */
  stock(
    db: Reader,
    { limit, cursor, location }: Slice & { readonly location?: string | undefined },
  ): Promise<StockOfSku[]> {
    return findStock(db, { after: cursor ?? '', location, max: limit + 1 });
  }

  /** @throws {StockNotFound} */
  async level(db: Reader, sku: string, location: string): Promise<StockLevel> {
    const level = await db.manager.findOneBy(StockLevel, { sku, location });
    if (level === null) throw new StockNotFound(sku);
    return level;
  }

  /**
   * The latest first.
   *
   * @throws {StockNotFound}
   */
  async movements(db: Reader, sku: string, filter: MovementFilter & Slice): Promise<StockMovement[]> {
    await this.assertKept(db, sku);
    const { limit, cursor, location, kind, reference, from, to } = filter;
    const times: FindOperator<Date>[] = [
      ...(from === undefined ? [] : [MoreThanOrEqual(from)]),
      ...(to === undefined ? [] : [LessThan(to)]),
    ];
    return db.manager.find(StockMovement, {
      where: {
        sku,
        ...(location !== undefined && { location }),
        ...(kind !== undefined && { kind }),
        ...(reference !== undefined && { reference }),
        ...(times.length > 0 && { at: And(...times) }),
        ...(cursor !== undefined && { id: LessThan(cursor as Id<'mov'>) }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /**
   * Who holds units of the SKU, the earliest order first.
   *
   * @throws {StockNotFound}
   */
  async holdersOf(
    db: Reader,
    filter: ReservationFilter & { readonly sku: string },
    slice: Slice<ReservationKey>,
  ): Promise<FoundReservation[]> {
    await this.assertKept(db, filter.sku);
    return this.reservations(db, filter, slice);
  }

  reservations(
    db: Reader,
    filter: ReservationFilter,
    { limit, cursor }: Slice<ReservationKey>,
  ): Promise<FoundReservation[]> {
    return findReservations(db, filter, { after: cursor ?? ['', '', '', 0], max: limit + 1 });
  }

  /** By id. */
  locations(db: Reader, { limit, cursor }: Slice): Promise<StockLocation[]> {
    const where = cursor === undefined ? {} : { id: MoreThan(cursor) };
    return db.manager.find(StockLocation, { where, order: { id: 'ASC' }, take: limit + 1 });
  }

  /** @throws {LocationNotFound} */
  async location(db: Reader, id: string): Promise<StockLocation> {
    const location = await db.manager.findOneBy(StockLocation, { id });
    if (location === null) throw new LocationNotFound(id);
    return location;
  }

  private async assertKept(db: Reader, sku: string): Promise<void> {
    if (!(await db.manager.existsBy(StockLevel, { sku }))) throw new StockNotFound(sku);
  }
}
