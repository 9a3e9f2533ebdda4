/** A body that each route takes, so that a refusal is about who asks and not about what is asked. */
const bodiesOf = (sku: string): Readonly<Record<string, unknown>> => ({
  'POST /v1/carts/{cartId}/items': { sku, quantity: 1 },
  'PUT /v1/carts/{cartId}/items/{sku}': { quantity: 2 },
  'POST /v1/orders/{orderId}/payments': { method: { type: 'card', token: 'tok_success' } },
  'POST /v1/orders/{orderId}/returns': { items: [{ sku, quantity: 1 }], reason: 'too small' },
  'PUT /v1/admin/products/{sku}': { name: 'Mine', price: { amount: 1, currency: 'EUR' } },
  'POST /v1/admin/products/import': { products: [] },
  'POST /v1/admin/stock/{sku}/adjustments': { delta: 1_000, reason: 'gift' },
  'POST /v1/admin/dead-letters/replay': { queue: 'order.payment-captured' },
  'POST /v1/admin/dead-letters/{id}/discard': { reason: 'gift' },
  'PUT /v1/admin/stock/{sku}': { onHand: 1_000, reason: 'gift' },
});

/** Undefined for a route that takes none. */
export const bodyFor = (route: string, sku: string): unknown => bodiesOf(sku)[route];
