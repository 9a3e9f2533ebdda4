import type { Reader } from '#database';

export interface TaxRate {
  /** Hundredths of a percent: 1900 is 19 %. */
  readonly basisPoints: number;
  /** Whether the prices of this country have the tax in them. Otherwise it is added. */
  readonly inclusive: boolean;
}

/** What a country taxes. Implemented by the pricing module; a shop that asks a tax service replaces it. */
export abstract class TaxRates {
  /** By country (ISO 3166-1 alpha-2), one statement for the list. A country without a rate is not taxed. */
  abstract of(db: Reader, countries: readonly string[]): Promise<ReadonlyMap<string, TaxRate>>;
}
