import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'pricing', name: 'tax_rates' })
export class CountryTax {
  /** ISO 3166-1 alpha-2. */
  @PrimaryColumn({ type: 'text' })
  country!: string;

  /** Hundredths of a percent. */
  @Column({ type: 'integer' })
  basisPoints!: number;

  @Column({ type: 'boolean' })
  inclusive!: boolean;
}
