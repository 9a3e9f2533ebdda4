import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Currency } from '#kernel';

/** In minor units. */
export interface DeliveryPrice {
  readonly currency: Currency;
  readonly amount: number;
  /** Goods of this worth and more are delivered for nothing; null for never. */
  readonly freeFrom: number | null;
}

@Entity({ schema: 'pricing', name: 'delivery_methods' })
export class DeliveryMethod {
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'boolean' })
  active!: boolean;

  /** ISO 3166-1 alpha-2; none for everywhere. */
  @Column({ type: 'jsonb' })
  countries!: readonly string[];

  /** One a currency. */
  @Column({ type: 'jsonb' })
  prices!: readonly DeliveryPrice[];
}
