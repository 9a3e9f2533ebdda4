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

/** Of the goods. */
export const FULFILMENT_STATUSES = ['unfulfilled', 'partially_fulfilled', 'fulfilled', 'returned'] as const;
export type FulfilmentStatus = (typeof FULFILMENT_STATUSES)[number];
