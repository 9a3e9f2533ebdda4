export const ORDER_STATUSES = [
  'pending_payment',
  'confirmed',
  'on_hold',
  'cancelling',
  'cancelled',
  'expired',
  'shipped',
  'delivered',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Of an order's payment as a whole. `pending` lasts while an attempt may still take money. */
export const PAYMENT_STATUSES = [
  'none',
  'pending',
  'authorized',
  'partially_paid',
  'paid',
  'partially_refunded',
  'refunded',
  'disputed',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** Of the goods. `returned`: all that had left are back. */
export const FULFILMENT_STATUSES = ['unfulfilled', 'partially_fulfilled', 'fulfilled', 'returned'] as const;
export type FulfilmentStatus = (typeof FULFILMENT_STATUSES)[number];

/** Why an order is on hold. */
export const HOLD_REASONS = ['short_payment', 'staff', 'stock_shorted', 'payment_voided'] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** Where an order is, on each of its three axes. */
export interface OrderStates {
  readonly status: OrderStatus;
  readonly payment: PaymentStatus;
  readonly fulfilment: FulfilmentStatus;
}

export type Place = Pick<OrderStates, 'status' | 'fulfilment'>;

export const places = (status: OrderStatus, ...fulfilments: readonly FulfilmentStatus[]): Place[] =>
  fulfilments.map((fulfilment) => ({ status, fulfilment }));

/** Each of the places with each of the payment statuses. */
export const statesOf = (among: readonly Place[], ...payments: readonly PaymentStatus[]): OrderStates[] =>
  among.flatMap(({ status, fulfilment }) => payments.map((payment) => ({ status, fulfilment, payment })));

/** As one text, for the guard of the update and for the invariant over the history. */
export const stateText = ({ status, payment, fulfilment }: OrderStates): string => `${status} ${payment} ${fulfilment}`;
