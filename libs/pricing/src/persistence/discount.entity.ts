import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Currency } from '#kernel';

/** Either an amount off or a percentage. Amounts are in minor units. */
@Entity({ schema: 'pricing', name: 'discounts' })
export class Discount {
  /** In capitals. */
  @PrimaryColumn({ type: 'text' })
  code!: string;

  @Column({ type: 'boolean' })
  active!: boolean;

  @Column({ type: 'bigint', nullable: true })
  amount!: number | null;

  /** Hundredths of a percent. */
  @Column({ type: 'integer', nullable: true })
  basisPoints!: number | null;

  /** Carts of other currencies do not get it; null for a percentage of carts of every currency. */
  @Column({ type: 'char', length: 3, nullable: true })
  currency!: Currency | null;

  @Column({ type: 'bigint', nullable: true })
  minSubtotal!: number | null;

  @Column({ type: 'timestamptz', nullable: true })
  validFrom!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  validTo!: Date | null;

  @Column({ type: 'integer', nullable: true })
  usesMax!: number | null;

  /** For each customer, and for each e-mail address. */
  @Column({ type: 'integer', nullable: true })
  usesMaxPerBuyer!: number | null;

  /** Orders that hold a use. */
  @Column({ type: 'integer' })
  used!: number;
}
