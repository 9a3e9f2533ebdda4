const SECOND_MS = 1_000;

/** How long after its answer was lost the provider is first asked about an attempt. */
export const FIRST_QUERY_MS = 5 * SECOND_MS;

/** How long after the n-th question the next one is due; the last one repeats for as long as the provider does not say. */
export const NEXT_QUERY_MS: readonly number[] = [30 * SECOND_MS, 120 * SECOND_MS, 600 * SECOND_MS];
