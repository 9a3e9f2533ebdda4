import { Column, Entity, PrimaryColumn } from 'typeorm';
import { Money, type Currency, type Id } from '#kernel';
import type { PaymentStatus } from '../domain/payment-status.js';
import type { NewPayment } from '../providers/payment-provider.js';
import type { PaymentAction } from './request-action.js';
import type { NextAction } from '../providers/provider-answers.js';

/** One try to take an order's money. Its id is the idempotency key that the provider gets. Nothing of a card is kept. */
@Entity({ schema: 'payment', name: 'attempts' })
export class PaymentAttempt {
  @PrimaryColumn({ type: 'text' })
  id!: Id<'pay'>;

  @Column({ type: 'text' })
  orderId!: Id<'order'>;

  @Column({ type: 'text' })
  status!: PaymentStatus;

  @Column({ type: 'bigint' })
  amount!: number;

  @Column({ type: 'char', length: 3 })
  currency!: Currency;

  @Column({ type: 'text' })
  provider!: string;

  @Column({ type: 'text' })
  capture!: NewPayment['capture'];

  /** Only while it may have to be sent again. */
  @Column({ type: 'text', nullable: true })
  token!: string | null;

  @Column({ type: 'text', nullable: true })
  returnUrl!: string | null;

  /** The provider's own id of the payment. */
  @Column({ type: 'text', nullable: true })
  providerReference!: string | null;

  /** Only while the buyer has something to do. */
  @Column({ type: 'jsonb', nullable: true })
  nextAction!: NextAction | null;

  @Column({ type: 'text', nullable: true })
  declineCode!: string | null;

  /** What is to be done with promised money at the provider. */
  @Column({ type: 'text', nullable: true })
  requestedAction!: PaymentAction | null;

  /** What was really taken. */
  @Column({ type: 'bigint', nullable: true })
  capturedAmount!: number | null;

  @Column({ type: 'char', length: 3, nullable: true })
  capturedCurrency!: Currency | null;

  /** Since then a person has to find out what became of it. */
  @Column({ type: 'timestamptz', nullable: true })
  reviewSince!: Date | null;

  @Column({ type: 'timestamptz' })
  createdAt!: Date;

  @Column({ type: 'timestamptz' })
  updatedAt!: Date;

  get money(): Money {
    return Money.of(this.amount, this.currency);
  }

  /** Null while nothing was taken. */
  get captured(): Money | null {
    const { capturedAmount: amount, capturedCurrency: currency } = this;
    return amount === null || currency === null ? null : Money.of(amount, currency);
  }
}
