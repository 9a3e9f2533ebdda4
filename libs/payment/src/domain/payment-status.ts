export type PaymentStatus = 'created' | 'processing' | 'unknown' | 'captured' | 'declined' | 'failed';

/**
 * The legal moves of a payment attempt. `unknown` means that the provider's answer was lost: money may or may not have moved, and only
 * the provider can say. `failed` means that it certainly took nothing.
 */
export const NEXT = {
  created: ['processing'],
  processing: ['captured', 'declined', 'failed', 'unknown'],
  unknown: ['captured', 'declined', 'failed'],
  captured: [],
  declined: [],
  failed: [],
} as const satisfies Record<PaymentStatus, readonly PaymentStatus[]>;

/** Every legal move as a pair, in the shape in which SQL takes it. */
export const MOVES: readonly (readonly [from: PaymentStatus, to: PaymentStatus])[] = (
  Object.keys(NEXT) as PaymentStatus[]
).flatMap((from) => NEXT[from].map((to) => [from, to] as const));

/** An attempt in one of these may still end with money taken. An order has at most one such attempt. */
export const LIVE = ['created', 'processing', 'unknown'] as const satisfies readonly PaymentStatus[];

export const isLive = (status: PaymentStatus): boolean => LIVE.some((live) => live === status);
