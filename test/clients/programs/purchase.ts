export const [baseUrl = '', sku = ''] = process.argv.slice(2);

export const newCart = { items: [{ sku, quantity: 2 }] };
export const email = 'ada@example.com';
export const shippingAddress = {
  name: 'Ada Byron',
  line1: 'Hauptstr. 1',
  city: 'Berlin',
  postalCode: '10115',
  country: 'DE',
};
export const payment = { method: { type: 'card' as const, token: 'tok_success' } };
export const key = (): string => crypto.randomUUID();

/** Tells the test what was bought. */
export function report(orderId: string, status: string): void {
  process.stdout.write(JSON.stringify({ orderId, status }));
}
