import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { Money, type Currency, type Id } from '#kernel';
import type { ReturnStatus } from '../domain/transitions.js';

/** Shipped goods of an order that are to come back together. Its states change through `ReturnRepository` only. */
@Entity({ schema: 'fulfilment', name: 'returns' })
export class GoodsReturn {
  @PrimaryColumn({ type: 'text' })
  id!: Id<'ret'>;

  @Column({ type: 'text' })
  orderId!: Id<'order'>;

  @Column({ type: 'text' })
  status!: ReturnStatus;

  @Column({ type: 'text' })
  reason!: string;

  @Column({ type: 'text' })
  requestedBy!: string;

  @Column({ type: 'timestamptz' })
  requestedAt!: Date;

  /** Who received or cancelled it. */
  @Column({ type: 'text', nullable: true })
  closedBy!: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  closedAt!: Date | null;

  @Column({ type: 'text', nullable: true })
  cancelReason!: string | null;

  /** Where the goods lie now; null: where the shop receives goods. */
  @Column({ type: 'text', nullable: true })
  location!: string | null;

  @Column({ type: 'bigint', nullable: true })
  refundAmount!: number | null;

  @Column({ type: 'char', length: 3, nullable: true })
  refundCurrency!: Currency | null;

  /** Of its latest event. */
  @Column({ type: 'integer' })
  lastSequence!: number;

  @OneToMany(() => ReturnLine, (line) => line.goodsReturn)
  lines!: Relation<ReturnLine>[];

  /** What is to be given back for it. */
  get refund(): Money | null {
    const { refundAmount, refundCurrency } = this;
    return refundAmount === null || refundCurrency === null ? null : Money.of(refundAmount, refundCurrency);
  }
}

@Entity({ schema: 'fulfilment', name: 'return_lines' })
export class ReturnLine {
  @PrimaryColumn({ type: 'text' })
  returnId!: Id<'ret'>;

  @PrimaryColumn({ type: 'text' })
  sku!: string;

  @Column({ type: 'text' })
  orderId!: Id<'order'>;

  /** Units that are asked for. */
  @Column({ type: 'integer' })
  quantity!: number;

  /** Null until the return is received. */
  @Column({ type: 'integer', nullable: true })
  restocked!: number | null;

  @Column({ type: 'integer', nullable: true })
  writtenOff!: number | null;

  @ManyToOne(() => GoodsReturn, (goodsReturn) => goodsReturn.lines)
  @JoinColumn({ name: 'return_id' })
  goodsReturn!: Relation<GoodsReturn>;
}
