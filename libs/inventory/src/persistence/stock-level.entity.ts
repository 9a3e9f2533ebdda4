import { Column, Entity, PrimaryColumn } from 'typeorm';
import { promisable } from '../domain/level.js';

/** The location that every shop has; the one that is meant where none is named. */
export const DEFAULT_LOCATION = 'default';

/** How much of a SKU lies at a location, and how much of that orders hold. */
@Entity({ schema: 'inventory', name: 'levels' })
export class StockLevel {
  @PrimaryColumn('text')
  sku!: string;

  @PrimaryColumn('text')
  location!: string;

  /** Changed by movements only. */
  @Column('integer')
  onHand!: number;

  @Column('integer')
  reserved!: number;

  /** Units that are never promised. */
  @Column('integer')
  safetyStock!: number;

  /** Units that may be promised beyond those on hand. */
  @Column('integer')
  backorderLimit!: number;

  /** What can be promised counts as low from here; null: never. */
  @Column('integer', { nullable: true })
  lowStockAt!: number | null;

  /** Grows with every change of a number. */
  @Column('bigint')
  version!: number;

  get available(): number {
    return Math.max(0, promisable(this));
  }
}
