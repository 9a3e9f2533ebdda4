import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The one place where stock lies, until a shop has more. */
export const LOCATION = 'default';

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

  /** Grows with every change of either number. */
  @Column('bigint')
  version!: number;

  get available(): number {
    return this.onHand - this.reserved;
  }
}
