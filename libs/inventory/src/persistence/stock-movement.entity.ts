import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Id } from '#kernel';

export type MovementKind = 'opening' | 'adjustment' | 'count' | 'transfer' | 'shipment' | 'return' | 'write_off';

/** A line of the stock ledger: why the units on hand changed. Never altered, never deleted. */
@Entity({ schema: 'inventory', name: 'movements' })
export class StockMovement {
  @PrimaryColumn('text')
  id!: Id<'mov'>;

  @Column('text')
  sku!: string;

  @Column('text')
  location!: string;

  @Column('text')
  kind!: MovementKind;

  @Column('integer')
  delta!: number;

  /** Units on hand after it. */
  @Column('integer')
  onHand!: number;

  @Column('text')
  reason!: string;

  @Column('text')
  actor!: string;

  /** The paper behind it, for example a delivery note. */
  @Column('text', { nullable: true })
  reference!: string | null;

  @Column('timestamptz')
  at!: Date;
}
