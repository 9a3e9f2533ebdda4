import * as events from './fulfilment-events.js';

export const SHIPMENT_STATUSES = ['shipped', 'delivered'] as const;
export type ShipmentStatus = (typeof SHIPMENT_STATUSES)[number];

export const RETURN_STATUSES = ['requested', 'received', 'cancelled'] as const;
export type ReturnStatus = (typeof RETURN_STATUSES)[number];

interface Transition<Status, Moved> {
  /** Of the event, without its version. */
  readonly type: string;
  /** Null: it does not exist before. */
  readonly from: Status | null;
  readonly to: Status;
  readonly event: (moved: Moved) => ReturnType<typeof events.shipped>;
}

/** Everything that can happen to a shipment. A row is both what is legal and what the guarded update is given. */
export const SHIPMENT_TRANSITIONS = {
  shipped: { type: 'shipment.shipped', from: null, to: 'shipped', event: events.shipped },
  delivered: { type: 'shipment.delivered', from: 'shipped', to: 'delivered', event: events.delivered },
} as const satisfies Record<string, Transition<ShipmentStatus, events.MovedShipment>>;

/** Everything that can happen to a return. */
export const RETURN_TRANSITIONS = {
  requested: { type: 'return.requested', from: null, to: 'requested', event: events.requested },
  received: { type: 'return.received', from: 'requested', to: 'received', event: events.received },
  cancelled: { type: 'return.cancelled', from: 'requested', to: 'cancelled', event: events.cancelled },
} as const satisfies Record<string, Transition<ReturnStatus, events.MovedReturn>>;
