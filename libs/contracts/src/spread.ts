/**
 * Spreads an amount over shares in their proportion: each gets its part rounded down, and what is left goes, a unit each, to those that lost the most
 * by that (largest remainder; of equal ones to the first). The parts add up to the amount exactly, and none is above its share as long as
 * the amount is not above their sum. `bigint`, because a product of two amounts is no exact number.
 */
export function spread(amount: number, shares: readonly number[]): number[] {
  const sum = BigInt(shares.reduce((total, share) => total + share, 0));
  if (sum === 0n) return shares.map(() => 0);
  const parts = shares.map((share, place) => {
    const product = BigInt(amount) * BigInt(share);
    return { place, whole: Number(product / sum), rest: product % sum };
  });
  const left = amount - parts.reduce((total, { whole }) => total + whole, 0);
  const units = parts.map(({ whole }) => whole);
  const byRest = parts.toSorted((one, other) =>
    one.rest === other.rest ? one.place - other.place : one.rest > other.rest ? -1 : 1,
  );
  for (const { place, whole } of byRest.slice(0, left)) units[place] = whole + 1;
  return units;
}
