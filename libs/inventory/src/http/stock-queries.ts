import { Injectable } from '@nestjs/common';
import { In, LessThan, MoreThan } from 'typeorm';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { StockNotFound } from '../domain/inventory.errors.js';
import { LOCATION, StockLevel } from '../persistence/stock-level.entity.js';
import { StockMovement } from '../persistence/stock-movement.entity.js';
import { StockReservation } from '../persistence/stock-reservation.entity.js';

/** A place in a list: the rows after the cursor, one more than the limit, so that the reader sees whether there are more. */
interface Slice {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** What staff read of stock. */
@Injectable()
export class StockQueries {
  /** By SKU. */
  levels(db: Reader, { limit, cursor }: Slice): Promise<StockLevel[]> {
    return db.manager.find(StockLevel, {
      where: { location: LOCATION, ...(cursor !== undefined && { sku: MoreThan(cursor) }) },
      order: { sku: 'ASC' },
      take: limit + 1,
    });
  }

  /** @throws {StockNotFound} */
  async level(db: Reader, sku: string): Promise<StockLevel> {
    const level = await db.manager.findOneBy(StockLevel, { sku, location: LOCATION });
    if (level === null) throw new StockNotFound(sku);
    return level;
  }

  /**
   * The latest first.
   *
   * @throws {StockNotFound}
   */
  async movements(db: Reader, sku: string, { limit, cursor }: Slice): Promise<StockMovement[]> {
    await this.level(db, sku);
    return db.manager.find(StockMovement, {
      where: { sku, location: LOCATION, ...(cursor !== undefined && { id: LessThan(cursor as Id<'mov'>) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
  }

  /**
   * Who holds units of the SKU, the earliest order first.
   *
   * @throws {StockNotFound}
   */
  async reservations(db: Reader, sku: string, { limit, cursor }: Slice): Promise<StockReservation[]> {
    await this.level(db, sku);
    return db.manager.find(StockReservation, {
      where: {
        sku,
        location: LOCATION,
        status: In(['held', 'extended', 'committed']),
        ...(cursor !== undefined && { orderId: MoreThan(cursor as Id<'order'>) }),
      },
      order: { orderId: 'ASC' },
      take: limit + 1,
    });
  }
}
