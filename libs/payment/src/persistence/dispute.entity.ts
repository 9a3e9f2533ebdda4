import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Id } from '#kernel';

export type DisputeStatus = 'open' | 'won' | 'lost';

/** The buyer's bank asks for money of a payment back. `won`: the shop keeps it. */
@Entity({ schema: 'payment', name: 'disputes' })
export class Dispute {
  @PrimaryColumn({ type: 'text' })
  id!: Id<'dsp'>;

  @Column({ type: 'text' })
  paymentId!: Id<'pay'>;

  @Column({ type: 'text' })
  provider!: string;

  @Column({ type: 'text' })
  providerReference!: string;

  @Column({ type: 'text' })
  status!: DisputeStatus;

  @Column({ type: 'int' })
  lastSequence!: number;

  @Column({ type: 'timestamptz' })
  openedAt!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  closedAt!: Date | null;
}
