export * from './order-events.js';
export * from './payment-events.js';
export * from './stock-events.js';
export * from './fulfilment-events.js';
export * from './reminders.js';
export { skuSchema } from './sku.js';
export { ProductCatalog, type SellableProduct } from './product-catalog.js';
export {
  StockAvailability,
  StockReceipts,
  StockReservations,
  UNITS_MAX,
  type ClaimedShortage,
  type HoldLine,
  type HoldOutcome,
  type HoldRequest,
  type OpeningStock,
} from './stock.js';
export {
  CheckoutCarts,
  type BuyerCredentials,
  type CartForCheckout,
  type CheckoutOutcome,
  type CheckoutRequest,
} from './checkout-carts.js';
export { totalsOf, totalsSchema, type Charges, type Totals } from './totals.js';
export { COUNTRIES_WITHOUT_POSTAL_CODES, countrySchema } from './countries.js';
export {
  DeliveryMethods,
  deliveryMethodId,
  deliveryOffer,
  type DeliveryOffer,
  type DeliveryRequest,
} from './delivery-methods.js';
export { TaxRates, type TaxRate } from './tax-rates.js';
export { discountCode, Discounts, type DiscountOutcome, type DiscountRequest, type DiscountUse } from './discounts.js';
export { EndedOrders, type OrderEnd } from './ended-orders.js';
export {
  CapturedPayments,
  type ClaimedCapture,
  type DisputeState,
  type GivingBack,
  type UnfitCapture,
  type UnfitCause,
} from './captured-payments.js';
export { FulfilledGoods, type ClaimedReturn, type ClaimedShipment } from './fulfilled-goods.js';
export { OrderFulfilments, type GoodsMoved, type OrderToFulfil } from './order-fulfilments.js';
export { ConfirmedOrders } from './confirmed-orders.js';
export { OrderPayments, type Payer } from './order-payments.js';
export { events } from './events.js';
export { cartAlreadyOrdered, discountExhausted, discountNotValid, orderNotPayable } from './shared-problems.js';
export { sharedProblems } from './shared-problems.js';
export { cartLock, LOCK_ORDER, orderLock, stockLock } from './locks.js';
