import { col, statement, type Reader } from '#database';
import type { TaxRate } from '#contracts';

export const FIND_TAX_RATES = statement(
  'SELECT country, basis_points AS "basisPoints", inclusive FROM pricing.tax_rates WHERE country = ANY ($1)',
  { country: col.text(), basisPoints: col.integer(), inclusive: col.boolean() },
);

export async function findTaxRates(db: Reader, countries: readonly string[]): Promise<Map<string, TaxRate>> {
  const { rows } = await db.query(FIND_TAX_RATES, [countries]);
  return new Map(rows.map(({ country, basisPoints, inclusive }) => [country, { basisPoints, inclusive }]));
}
