/** Everybody who may ask, in the order of the columns. */
export const CALLERS = [
  'nobody',
  'the guest who owns it',
  'the customer who owns it',
  'another guest',
  'another customer',
  'a key without the scope',
  'a key with the scope',
] as const;

export type CallerKind = (typeof CALLERS)[number];

type Row = readonly [
  nobody: number,
  owningGuest: number,
  owningCustomer: number,
  anotherGuest: number,
  anotherCustomer: number,
  keyWithoutScope: number,
  keyWithScope: number,
];

const open = (status: number): Row => [status, status, status, status, status, status, status];
/** A cart opens to its buyer only. No scope opens it. */
const cart = (status: number): Row => [404, status, status, 404, 404, 404, 404];
/** An order opens to its buyer, and to staff with the scope. */
const order = (status: number): Row => [404, status, status, 404, 404, 403, status];
/** The merchant's: there is no owner among buyers. */
const staff = (status: number): Row => [401, 401, 403, 401, 403, 403, status];

/**
 * The status that each caller gets from each operation for a request that is right in every other way. What an operation names is there,
 * except for dead letters: whoever may ask for one learns that there is none.
 */
export const ACCESS: Readonly<Record<string, Row>> = {
  'GET /v1/products': open(200),
  'GET /v1/products/{sku}': open(200),

  'POST /v1/carts': open(201),
  'GET /v1/carts/{cartId}': cart(200),
  'POST /v1/carts/{cartId}/items': cart(200),
  'PUT /v1/carts/{cartId}/items/{sku}': cart(200),
  'DELETE /v1/carts/{cartId}/items/{sku}': cart(200),

  'GET /v1/carts/{cartId}/delivery-methods': cart(200),
  'PUT /v1/carts/{cartId}/discount': cart(200),
  'DELETE /v1/carts/{cartId}/discount': cart(200),
  // A customer with the token of the guest's cart has it: without the token it is not theirs.
  'POST /v1/carts/{cartId}/claim': [401, 401, 200, 401, 404, 401, 401],

  'POST /v1/orders': cart(201),
  'GET /v1/orders': [401, 401, 200, 401, 200, 403, 200],
  'GET /v1/orders/{orderId}': order(200),
  'GET /v1/orders/{orderId}/timeline': order(200),
  'GET /v1/orders/{orderId}/stream': order(200),
  'POST /v1/orders/{orderId}/cancel': order(200),
  'POST /v1/orders/{orderId}/payments': order(201),
  'GET /v1/orders/{orderId}/payments': order(200),
  'GET /v1/orders/{orderId}/payments/{paymentId}': order(200),
  'GET /v1/orders/{orderId}/shipments': order(200),
  'GET /v1/orders/{orderId}/returns': order(200),
  'GET /v1/orders/{orderId}/returns/{returnId}': order(404),
  // Nothing of it has left.
  'POST /v1/orders/{orderId}/returns': order(409),

  'POST /v1/webhooks/payments/{provider}': open(400),

  'GET /v1/admin/orders': staff(200),
  'GET /v1/admin/orders/{orderId}': staff(404),
  'POST /v1/admin/orders/{orderId}/refunds': staff(404),
  'POST /v1/admin/orders/{orderId}/release': staff(404),
  'POST /v1/admin/orders/{orderId}/hold': staff(404),
  'POST /v1/admin/orders/{orderId}/cancel': staff(404),
  'GET /v1/admin/orders/{orderId}/audit': staff(404),
  'GET /v1/admin/orders/{orderId}/payments': staff(404),
  'GET /v1/admin/payments': staff(200),
  'POST /v1/admin/orders/{orderId}/payments/{paymentId}/capture': staff(404),
  'POST /v1/admin/orders/{orderId}/payments/{paymentId}/void': staff(404),
  'POST /v1/admin/payments/{paymentId}/check': staff(404),
  'POST /v1/admin/payments/{paymentId}/fail': staff(404),
  'GET /v1/admin/refunds': staff(200),
  'POST /v1/admin/refunds/{refundId}/retry': staff(404),
  'GET /v1/admin/payment-webhooks': staff(200),
  'POST /v1/admin/payment-webhooks/{number}/retry': staff(404),
  'POST /v1/admin/payment-webhooks/{number}/dismiss': staff(404),
  'POST /v1/admin/orders/{orderId}/shipments': staff(404),
  'GET /v1/admin/orders/{orderId}/shipments': staff(404),
  'GET /v1/admin/shipments': staff(200),
  'GET /v1/admin/shipments/{shipmentId}': staff(404),
  'PUT /v1/admin/shipments/{shipmentId}/tracking': staff(404),
  'POST /v1/admin/shipments/{shipmentId}/deliver': staff(404),
  'POST /v1/admin/orders/{orderId}/returns': staff(404),
  'GET /v1/admin/orders/{orderId}/returns': staff(404),
  'GET /v1/admin/returns': staff(200),
  'GET /v1/admin/returns/{returnId}': staff(404),
  'POST /v1/admin/returns/{returnId}/receive': staff(404),
  'POST /v1/admin/returns/{returnId}/cancel': staff(404),
  'PUT /v1/admin/products/{sku}': staff(200),
  'POST /v1/admin/products/import': staff(200),

  'GET /v1/admin/delivery-methods': staff(200),
  'GET /v1/admin/delivery-methods/{id}': staff(404),
  // Every order would have to name it afterwards.
  'PUT /v1/admin/delivery-methods/{id}': staff(422),
  'DELETE /v1/admin/delivery-methods/{id}': staff(404),
  'GET /v1/admin/tax-rates': staff(200),
  'GET /v1/admin/tax-rates/{country}': staff(200),
  'PUT /v1/admin/tax-rates/{country}': staff(200),
  'GET /v1/admin/discounts': staff(200),
  'GET /v1/admin/discounts/{code}': staff(200),
  'PUT /v1/admin/discounts/{code}': staff(200),

  'GET /v1/admin/stock': staff(200),
  'GET /v1/admin/stock/{sku}': staff(200),
  'PUT /v1/admin/stock/{sku}': staff(200),
  'POST /v1/admin/stock/{sku}/adjustments': staff(201),
  'GET /v1/admin/stock/{sku}/movements': staff(200),
  'GET /v1/admin/stock/{sku}/reservations': staff(200),
  'POST /v1/admin/stock/{sku}/transfers': staff(404),
  'PUT /v1/admin/stock/{sku}/policy': staff(200),
  'GET /v1/admin/reservations': staff(422),
  'GET /v1/admin/locations': staff(200),
  'GET /v1/admin/locations/{locationId}': staff(200),
  'PUT /v1/admin/locations/{locationId}': staff(200),

  'GET /v1/admin/dead-letters': staff(200),
  'GET /v1/admin/dead-letters/groups': staff(200),
  'POST /v1/admin/dead-letters/replay': staff(200),
  'GET /v1/admin/dead-letters/{id}': staff(404),
  'POST /v1/admin/dead-letters/{id}/replay': staff(404),
  'POST /v1/admin/dead-letters/{id}/discard': staff(404),

  'GET /v1/admin/audit': staff(200),
  'GET /v1/admin/outbox': staff(200),
  'GET /v1/admin/locks': staff(200),
  'POST /v1/admin/locks/{key}/release': staff(200),
  'GET /v1/admin/invariants': staff(200),
};

/** A body that the operation takes, where it takes one. */
export function bodyOf(operation: string, { sku, cartId }: { readonly sku: string; readonly cartId: string }): unknown {
  const shippingAddress = { name: 'Ada', line1: 'Row 1', city: 'London', postalCode: 'SW1Y 4JH', country: 'GB' };
  const price = { amount: 700, currency: 'EUR' };
  const bodies: Readonly<Record<string, unknown>> = {
    'POST /v1/carts': {},
    'POST /v1/carts/{cartId}/items': { sku, quantity: 1 },
    'PUT /v1/carts/{cartId}/items/{sku}': { quantity: 2 },
    'PUT /v1/carts/{cartId}/discount': { code: 'access' },
    'POST /v1/orders': { cartId, email: 'ada@example.com', shippingAddress },
    'POST /v1/orders/{orderId}/payments': { method: { type: 'card', token: 'tok_success' } },
    'POST /v1/webhooks/payments/{provider}': { type: 'payment.captured' },
    'POST /v1/admin/orders/{orderId}/refunds': { reason: 'the mug arrived broken' },
    'POST /v1/admin/orders/{orderId}/release': { reason: 'paid the rest in cash' },
    'POST /v1/admin/orders/{orderId}/hold': { reason: 'the address looks wrong' },
    'POST /v1/admin/orders/{orderId}/cancel': { reason: 'the address does not exist' },
    'POST /v1/admin/payments/{paymentId}/fail': { reason: 'not in the dashboard' },
    'POST /v1/admin/refunds/{refundId}/retry': { reason: 'the bank says it works now' },
    'POST /v1/admin/payment-webhooks/{number}/retry': { reason: 'the row is there now' },
    'POST /v1/admin/payment-webhooks/{number}/dismiss': { reason: 'seen to by hand' },
    'POST /v1/orders/{orderId}/returns': { items: [{ sku, quantity: 1 }], reason: 'too small' },
    'POST /v1/admin/orders/{orderId}/shipments': {},
    'PUT /v1/admin/shipments/{shipmentId}/tracking': { carrier: 'DHL', number: '0034' },
    'POST /v1/admin/orders/{orderId}/returns': { items: [{ sku, quantity: 1 }], reason: 'too small' },
    'POST /v1/admin/returns/{returnId}/receive': { items: [{ sku, restocked: 1, writtenOff: 0 }] },
    'POST /v1/admin/returns/{returnId}/cancel': { reason: 'kept' },
    'PUT /v1/admin/products/{sku}': { name: 'Mug', price },
    'POST /v1/admin/products/import': { products: [{ sku, name: 'Mug', price }] },
    'PUT /v1/admin/delivery-methods/{id}': { name: 'Standard', prices: [] },
    'PUT /v1/admin/tax-rates/{country}': { basisPoints: 0, inclusive: true },
    'PUT /v1/admin/discounts/{code}': { basisPoints: 100 },
    'PUT /v1/admin/stock/{sku}': { onHand: 500, reason: 'counted' },
    'POST /v1/admin/stock/{sku}/adjustments': { delta: 1, reason: 'found' },
    'POST /v1/admin/stock/{sku}/transfers': { from: 'default', to: 'elsewhere', quantity: 1, reason: 'supply' },
    'PUT /v1/admin/stock/{sku}/policy': { safetyStock: 0, backorderLimit: 0, lowStockAt: null },
    'PUT /v1/admin/locations/{locationId}': { name: 'Default', receivesReturns: true },
    'POST /v1/admin/dead-letters/replay': { queue: 'order.payment-captured' },
    'POST /v1/admin/dead-letters/{id}/discard': { reason: 'of no use' },
    'POST /v1/admin/locks/{key}/release': { reason: 'its holder is gone' },
  };
  return bodies[operation];
}
