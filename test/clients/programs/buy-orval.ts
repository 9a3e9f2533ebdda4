import { createCart, payOrder, placeOrder } from './orval';
import { createCartBody, placeOrderBody } from './orval-zod';
import { email, key, newCart, payment, report, shippingAddress } from './purchase';

async function main(): Promise<void> {
  const cart = await createCart(createCartBody.parse(newCart));
  if (cart.status !== 201) throw new Error(cart.data.code);
  const headers = (): Record<string, string> => ({
    'cart-token': cart.data.token,
    'idempotency-key': key(),
  });
  const body = placeOrderBody.parse({ cartId: cart.data.id, email, shippingAddress });
  const order = await placeOrder(body, { headers: headers() });
  if (order.status !== 201) throw new Error(order.data.code);
  const paid = await payOrder(order.data.id, payment, { headers: headers() });
  if (paid.status !== 201) throw new Error(paid.data.code);
  report(paid.data.orderId, paid.data.status);
}

void main();
