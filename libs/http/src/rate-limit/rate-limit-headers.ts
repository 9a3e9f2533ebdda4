/** A bucket as a request left it. */
export interface LimitState {
  readonly policy: string;
  readonly capacity: number;
  readonly refillPerMs: number;
  readonly level: number;
}

const WINDOW_SECONDS = 60;

/** Item of the header RateLimit: what is left, and in how many seconds the bucket is full again (draft-ietf-httpapi-ratelimit-headers-10). */
export const limitOf = ({ policy, capacity, refillPerMs, level }: LimitState): string =>
  `"${policy}";r=${Math.max(0, Math.floor(level))};t=${secondsUntil(capacity - level, refillPerMs)}`;

/** Item of the header RateLimit-Policy: so many requests a minute, which may also come at once. */
export const policyOf = ({ policy, capacity }: LimitState): string => `"${policy}";q=${capacity};w=${WINDOW_SECONDS}`;

/** Until the bucket has a token; at least 1. */
export const retryAfterSeconds = ({ level, refillPerMs }: LimitState): number =>
  Math.max(1, secondsUntil(1 - level, refillPerMs));

const secondsUntil = (tokens: number, refillPerMs: number): number => Math.ceil(tokens / refillPerMs / 1_000);
