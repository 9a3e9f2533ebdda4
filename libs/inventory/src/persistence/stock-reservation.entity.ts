import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Id } from '#kernel';
import type { ReservationStatus } from '../domain/transitions.js';

/** What an order holds of a level, until when. An order that came back after its hold had ended has a second one. */
@Entity({ schema: 'inventory', name: 'reservations' })
export class StockReservation {
  @PrimaryColumn('text')
  orderId!: Id<'order'>;

  @PrimaryColumn('text')
  sku!: string;

  @PrimaryColumn('text')
  location!: string;

  /** Sequence number of the event that stated the hold. */
  @PrimaryColumn('integer')
  heldSequence!: number;

  @Column('integer')
  quantity!: number;

  @Column('text')
  status!: ReservationStatus;

  @Column('timestamptz')
  heldAt!: Date;

  /** Meaningless once the hold is committed. */
  @Column('timestamptz')
  expiresAt!: Date;
}
