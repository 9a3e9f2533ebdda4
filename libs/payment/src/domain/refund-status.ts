/**
 * `requested`: written, to be sent. `submitted`: the provider has accepted it and tells the outcome later. `unknown`: its answer was lost.
 * `failed`: the provider refuses it, and after some tries with the same key a person must see to it; they can have it tried again.
 */
export const REFUND_STATUSES = ['requested', 'submitted', 'unknown', 'succeeded', 'failed'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** The legal moves of a refund. A refused try stays where it is until the tries are used up. */
export const REFUND_NEXT = {
  requested: ['submitted', 'unknown', 'succeeded', 'failed'],
  submitted: ['succeeded', 'failed'],
  unknown: ['submitted', 'succeeded', 'failed'],
  succeeded: [],
  failed: ['requested', 'succeeded'],
} as const satisfies Record<RefundStatus, readonly RefundStatus[]>;

export const canMoveRefund = (from: RefundStatus, to: RefundStatus): boolean =>
  REFUND_NEXT[from].some((legal) => legal === to);
