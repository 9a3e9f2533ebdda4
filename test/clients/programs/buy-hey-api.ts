import { client } from './hey-api/client.gen';
import { createCart, payOrder, placeOrder } from './hey-api/sdk.gen';
import { baseUrl, email, key, newCart, payment, report, shippingAddress } from './purchase';

client.setConfig({ baseUrl });

async function main(): Promise<void> {
  const { data: cart } = await createCart({ body: newCart, throwOnError: true });
  const auth = (scheme: { readonly name?: string }) => (scheme.name === 'Cart-Token' ? cart.token : undefined);
  const { data: order, error } = await placeOrder({
    auth,
    body: { cartId: cart.id, email, shippingAddress },
    headers: { 'Idempotency-Key': key() },
  });
  if (order === undefined) throw new Error(error?.code);
  const { data: paid } = await payOrder({
    auth,
    body: payment,
    headers: { 'Idempotency-Key': key() },
    path: { orderId: order.id },
    throwOnError: true,
  });
  report(paid.orderId, paid.status);
}

void main();
