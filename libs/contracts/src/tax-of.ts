import type { TaxRate } from './tax-rates.js';

const WHOLE = 10_000n;

/**
 * The tax on an amount, or in it where prices are inclusive, in minor units. Half a unit and more is rounded up, which is away from zero: no
 * amount is negative. Each line is rounded by itself, and so is delivery; a sum is the sum of what was rounded.
 */
export function taxOf(amount: number, rate: TaxRate | undefined): number {
  if (rate === undefined) return 0;
  const basisPoints = BigInt(rate.basisPoints);
  const divisor = rate.inclusive ? WHOLE + basisPoints : WHOLE;
  return Number((2n * BigInt(amount) * basisPoints + divisor) / (2n * divisor));
}
