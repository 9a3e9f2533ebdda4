export type ReservationStatus = 'held' | 'extended' | 'committed' | 'consumed' | 'expired' | 'released';

/** Why a reservation was released. */
export type ReleaseCause = 'cancelled' | 'shorted';

interface Transition {
  readonly from: readonly ReservationStatus[];
  readonly to: ReservationStatus;
}

/** Waiting for the payment. */
export const UNPAID = ['held', 'extended'] as const satisfies readonly ReservationStatus[];

/** Backing a paid order. */
export const BACKING = ['committed', 'consumed'] as const satisfies readonly ReservationStatus[];

/**
 * What can happen to a reservation: each row is what is legal and what the guarded update is given. `expired` and `released` are final:
 * coming back is a new hold.
 */
export const TRANSITIONS = {
  /** A payment starts, or goes on. */
  extended: { from: UNPAID, to: 'extended' },
  /** A payment has ended without money. */
  extensionEnded: { from: ['extended'], to: 'held' },
  committed: { from: UNPAID, to: 'committed' },
  expired: { from: UNPAID, to: 'expired' },
  /** The order was cancelled. */
  cancelled: { from: [...UNPAID, 'committed'], to: 'released' },
  /** A count found too little. One whose payment is under way keeps what it holds. */
  shorted: { from: ['held', 'committed'], to: 'released' },
  /** The last of it has been shipped. */
  consumed: { from: ['committed'], to: 'consumed' },
} as const satisfies Record<string, Transition>;
