import type { HoldLine } from '#contracts';

/** Units of each SKU in these lines, in the order in which the SKUs come first. */
export function sumBySku(lines: Iterable<HoldLine>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return sums;
}
