import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { CommandFailed } from './command.js';
import type { ShopClient } from './shop-client.js';

const CONFIRMED_WITHIN_MS = 15_000;
const POLL_MS = 20;

const ADDRESS = {
  name: 'Ada Lovelace',
  line1: '12 St James Square',
  city: 'London',
  postalCode: 'SW1Y 4JH',
  country: 'GB',
};

interface Price {
  readonly amount: number;
  readonly currency: string;
}

interface Products {
  readonly data: readonly { readonly sku: string; readonly name: string; readonly available: number }[];
}

interface Cart {
  readonly id: string;
  readonly status: string;
  readonly token: string;
  readonly totals: { readonly total: Price };
}

interface Order extends Omit<Cart, 'token'> {
  readonly number: string;
  readonly paymentStatus: string;
  readonly reservationExpiresAt: string;
  readonly placedAt: string;
  readonly confirmedAt: string | null;
}

interface Payment {
  readonly id: string;
  readonly status: string;
  readonly amount: Price;
}

/** A guest's way from the shelf to a confirmed order. @throws {CommandFailed} when it does not get there within 15 s. */
export async function buySomething(shop: ShopClient): Promise<void> {
  const { data } = await shop.step<Products>({
    method: 'GET',
    path: '/v1/products',
    show: (page) => `${page.data.length} products`,
  });
  const chosen = data.filter((product) => product.available > 0).slice(0, 2);
  if (chosen.length === 0)
    throw new CommandFailed('Nothing is in stock. Add the demo products: node dist/apps/cli/src/main.js seed');

  const cart = await shop.step<Cart>({
    method: 'POST',
    path: '/v1/carts',
    body: {},
    show: ({ id, status }) => `${id} ${status}`,
  });
  const buyer = { 'cart-token': cart.token };
  for (const { sku, name } of chosen) {
    await shop.step<Cart>({
      method: 'POST',
      path: `/v1/carts/${cart.id}/items`,
      headers: buyer,
      body: { sku, quantity: 1 },
      show: ({ totals }) => `${name}, total ${money(totals.total)}`,
    });
  }
  const order = await placeOrder(shop, cart.id, buyer);
  await shop.step<Payment>({
    method: 'POST',
    path: `/v1/orders/${order.id}/payments`,
    headers: { ...buyer, 'idempotency-key': randomUUID() },
    body: { method: { type: 'card', token: 'tok_success' } },
    show: ({ id, status, amount }) => `${id} ${status}, ${money(amount)}`,
  });
  await waitForConfirmation(shop, order, buyer);
}

function placeOrder(shop: ShopClient, cartId: string, buyer: Record<string, string>): Promise<Order> {
  return shop.step<Order>({
    method: 'POST',
    path: '/v1/orders',
    headers: { ...buyer, 'idempotency-key': randomUUID() },
    body: { cartId, email: 'ada@example.com', shippingAddress: ADDRESS },
    show: ({ id, status, totals, reservationExpiresAt }) =>
      `${id} ${status}, ${money(totals.total)}, stock held until ${reservationExpiresAt}`,
  });
}

async function waitForConfirmation(shop: ShopClient, order: Order, buyer: Record<string, string>): Promise<void> {
  const path = `/v1/orders/${order.id}`;
  const deadline = performance.now() + CONFIRMED_WITHIN_MS;
  let seen = order;
  while (seen.status !== 'confirmed') {
    if (performance.now() > deadline) {
      throw new CommandFailed(
        `The order is still ${seen.status} after ${CONFIRMED_WITHIN_MS / 1_000} s. Does the worker run, and does RabbitMQ answer?`,
      );
    }
    await wait(POLL_MS);
    seen = await shop.look<Order>(path, buyer);
  }
  await shop.step<Order>({
    method: 'GET',
    path,
    headers: buyer,
    show: ({ number, status, paymentStatus }) => `order ${number} ${status}, ${paymentStatus}`,
  });
  const ms = Date.parse(seen.confirmedAt ?? '') - Date.parse(seen.placedAt);
  shop.say(`confirmed ${ms} ms after it was placed`);
}

function money({ amount, currency }: Price): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
