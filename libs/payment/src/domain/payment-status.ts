export const PAYMENT_STATUSES = [
  'created',
  'unknown',
  'requires_action',
  'processing',
  'authorized',
  'captured',
  'voided',
  'declined',
  'failed',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/**
 * The legal moves of a payment attempt. `created`: about to be sent to the provider, or sent. `unknown`: the provider's answer was lost, so
 * money may or may not have moved, and only the provider can say. `requires_action`: the buyer has a step to do. `processing`: the provider
 * has accepted it and tells the outcome later. `failed`: it certainly took nothing. An attempt that had ended without money moves to
 * `captured` when the provider tells that it took the money all the same.
 */
export const NEXT = {
  created: ['unknown', 'requires_action', 'processing', 'authorized', 'captured', 'voided', 'declined', 'failed'],
  unknown: ['requires_action', 'processing', 'authorized', 'captured', 'voided', 'declined', 'failed'],
  requires_action: ['processing', 'authorized', 'captured', 'voided', 'declined', 'failed'],
  processing: ['unknown', 'authorized', 'captured', 'voided', 'declined', 'failed'],
  authorized: ['captured', 'voided'],
  captured: [],
  voided: ['captured'],
  declined: ['captured'],
  failed: ['captured'],
} as const satisfies Record<PaymentStatus, readonly PaymentStatus[]>;

/** Every legal move as a pair, in the shape in which SQL takes it. */
export const MOVES: readonly (readonly [from: PaymentStatus, to: PaymentStatus])[] = PAYMENT_STATUSES.flatMap((from) =>
  NEXT[from].map((to) => [from, to] as const),
);

/** An attempt in one of these may still end with money taken. An order has at most one such attempt. */
export const LIVE = [
  'created',
  'unknown',
  'requires_action',
  'processing',
  'authorized',
] as const satisfies readonly PaymentStatus[];

export const isLive = (status: PaymentStatus): boolean => LIVE.some((live) => live === status);

/** It is not known whether the provider has seen it: asked, and where it finds none, repeated with the same key. */
export const isUnsettled = (status: PaymentStatus): boolean => status === 'created' || status === 'unknown';
