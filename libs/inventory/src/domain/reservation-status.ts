export type ReservationStatus = 'held' | 'extended' | 'committed' | 'consumed' | 'expired' | 'released';

/** Legal moves. A payment without money takes its extension back. `expired` and `released` are final: coming back is a new hold. */
const NEXT = {
  held: ['extended', 'committed', 'expired', 'released'],
  extended: ['held', 'extended', 'committed', 'expired', 'released'],
  committed: ['consumed', 'released'],
  consumed: [],
  expired: [],
  released: [],
} as const satisfies Record<ReservationStatus, readonly ReservationStatus[]>;

const STATUSES = Object.keys(NEXT) as ReservationStatus[];

/** Waiting for the payment: only these can be prolonged, given back or committed. */
export const UNPAID = ['held', 'extended'] as const satisfies readonly ReservationStatus[];

/** Backing a paid order. */
export const BACKING = ['committed', 'consumed'] as const satisfies readonly ReservationStatus[];

/** States from which a guarded write may move to this one. */
export function sourcesOf(target: ReservationStatus): ReservationStatus[] {
  return STATUSES.filter((status) => (NEXT[status] as readonly ReservationStatus[]).includes(target));
}
