/** What a change did to what can be promised of a level. */
export interface PromisableChange {
  readonly before: number;
  readonly after: number;
  readonly lowStockAt: number | null;
}

/**
 * Whether the change crossed a line: nothing is left, something is there again, or little is left. A fall to nothing is only that, not also
 * low; a rise has an event only from nothing. Undefined when it crossed none.
 */
export function crossingOf({ before, after, lowStockAt }: PromisableChange): 'low' | 'out' | 'back' | undefined {
  if (before > 0 && after <= 0) return 'out';
  if (before <= 0 && after > 0) return 'back';
  if (lowStockAt !== null && before > lowStockAt && after <= lowStockAt) return 'low';
  return undefined;
}
