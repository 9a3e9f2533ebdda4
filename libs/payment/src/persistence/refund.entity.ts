import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { UnfitCause } from '#contracts';
import { Money, type Currency, type Id } from '#kernel';
import type { RefundStatus } from '../domain/refund-status.js';

/** Why money is given back: staff want it, goods came back, it was done in the provider's own dashboard, or it fits no order. */
export type RefundCause = 'staff' | 'returned' | 'made_elsewhere' | UnfitCause;

/** Money of one payment that is given back. Its id is the idempotency key that the provider gets. */
@Entity({ schema: 'payment', name: 'refunds' })
export class Refund {
  @PrimaryColumn({ type: 'text' })
  id!: Id<'rfd'>;

  @Column({ type: 'text' })
  paymentId!: Id<'pay'>;

  @Column({ type: 'text' })
  orderId!: Id<'order'>;

  /** The return whose goods it pays for. A return has one refund at the most. */
  @Column({ type: 'text', nullable: true })
  returnId!: Id<'ret'> | null;

  @Column({ type: 'text' })
  status!: RefundStatus;

  @Column({ type: 'bigint' })
  amount!: number;

  @Column({ type: 'char', length: 3 })
  currency!: Currency;

  @Column({ type: 'text' })
  cause!: RefundCause;

  @Column({ type: 'text' })
  reason!: string;

  @Column({ type: 'text' })
  requestedBy!: string;

  @Column({ type: 'text', nullable: true })
  providerReference!: string | null;

  @Column({ type: 'text', nullable: true })
  lastError!: string | null;

  @Column({ type: 'int' })
  lastSequence!: number;

  @Column({ type: 'timestamptz' })
  createdAt!: Date;

  get money(): Money {
    return Money.of(this.amount, this.currency);
  }
}
