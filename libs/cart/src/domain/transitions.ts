export type CartStatus = 'active' | 'ordered' | 'merged' | 'abandoned';

interface Transition {
  readonly from: readonly CartStatus[];
  readonly to: CartStatus;
}

/**
 * What can happen to a cart: each row is what is legal and what the guarded update is given. A checkout in progress is not a stored state:
 * it lasts as long as the lock on the cart and the one transaction that places the order, so there is nothing to take back when it fails
 * or its process dies.
 */
export const TRANSITIONS = {
  ordered: { from: ['active'], to: 'ordered' },
  merged: { from: ['active'], to: 'merged' },
  abandoned: { from: ['active'], to: 'abandoned' },
} as const satisfies Record<string, Transition>;
