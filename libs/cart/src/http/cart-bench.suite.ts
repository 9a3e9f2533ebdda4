import type { ApiClient } from '../../../../test/support/api-client.js';

/** Somebody with a cart and its token. */
export interface Guest {
  readonly api: ApiClient;
  readonly path: string;
}

/** @param api whoever makes the cart */
export async function aCart(api: ApiClient, items: readonly object[] = []): Promise<Guest> {
  const { status, body } = await api.post('/v1/carts', { items });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return { api: api.as({ 'cart-token': body.token }), path: `/v1/carts/${body.id}` };
}

export const problem = (status: number, code: string, more: object = {}) => ({
  status,
  body: { status, code, ...more },
});

export const quantities = ({ body }: { readonly body: any }): number[] =>
  body.items.map((item: { quantity: number }) => item.quantity);
