export type CartStatus = 'active' | 'ordered' | 'merged' | 'abandoned';

/**
 * Legal moves of a cart. A checkout in progress is not a stored state: it lasts as long as the lock on the cart and the one transaction
 * that places the order, so there is nothing to take back when it fails or its process dies.
 */
const NEXT = {
  active: ['ordered', 'merged', 'abandoned'],
  ordered: [],
  merged: [],
  abandoned: [],
} as const satisfies Record<CartStatus, readonly CartStatus[]>;

const STATUSES = Object.keys(NEXT) as CartStatus[];

export const canMove = (from: CartStatus, to: CartStatus): boolean =>
  (NEXT[from] as readonly CartStatus[]).includes(to);

/** States from which a guarded write may move to this one. */
export const sourcesOf = (target: CartStatus): CartStatus[] => STATUSES.filter((status) => canMove(status, target));
