import type { ApiClient, Reply } from './api-client.js';

export interface CartItem {
  readonly sku: string;
  readonly quantity: number;
}

const ADDRESS = {
  name: 'Ada Lovelace',
  line1: 'St James’s Square 12',
  city: 'London',
  postalCode: 'SW1Y 4JH',
  country: 'GB',
};

/** A guest with one cart, and what they do with it. */
export class Buyer {
  private constructor(
    readonly api: ApiClient,
    readonly cartId: string,
    readonly cartToken: string,
  ) {}

  /** @param api a caller without credentials at one of the processes */
  static async withCart(api: ApiClient, items: readonly CartItem[] = []): Promise<Buyer> {
    const { status, body } = await api.post('/v1/carts', { items });
    if (status !== 201) throw new Error(`No cart: ${status} ${JSON.stringify(body)}`);
    return new Buyer(api.as({ 'cart-token': body.token }), body.id, body.token);
  }

  /** The same guest at another process. */
  at(api: ApiClient): Buyer {
    return new Buyer(api.as({ 'cart-token': this.cartToken }), this.cartId, this.cartToken);
  }

  cart(): Promise<Reply> {
    return this.api.get(`/v1/carts/${this.cartId}`);
  }

  add(item: CartItem, headers: Record<string, string> = {}): Promise<Reply> {
    return this.api.post(`/v1/carts/${this.cartId}/items`, item, headers);
  }

  checkout(headers: Record<string, string> = {}, more: Record<string, unknown> = {}): Promise<Reply> {
    const body = { cartId: this.cartId, email: 'ada@example.com', shippingAddress: ADDRESS, ...more };
    return this.api.post('/v1/orders', body, headers);
  }

  /** Checks out and expects it to succeed. Returns the order. */
  async order(): Promise<any> {
    const { status, body } = await this.checkout();
    if (status !== 201) throw new Error(`No order: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  pay(orderId: string, token = 'tok_success', headers: Record<string, string> = {}): Promise<Reply> {
    return this.api.post(`/v1/orders/${orderId}/payments`, { method: { type: 'card', token } }, headers);
  }

  read(orderId: string): Promise<Reply> {
    return this.api.get(`/v1/orders/${orderId}`);
  }
}
