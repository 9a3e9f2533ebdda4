import { randomUUID } from 'node:crypto';
import type { Connections } from './connections.js';
import type { Answer, HttpConnection } from './http-connection.js';

export const STEPS = ['cart', 'order', 'payment'] as const;

export type Step = (typeof STEPS)[number];

/** One buyer's way through the shop. */
export interface Journey {
  /** When it ended, by `performance.now()`. */
  readonly endedAt: number;
  /** Of each request that was answered, in milliseconds. */
  readonly stepsMs: readonly number[];
  /** Why it ended early: `429 too_many_requests`, `503 …`, or what happened to the connection. Undefined: paid. */
  readonly refusal: string | undefined;
}

export interface Basket {
  readonly items: string;
}

export const basketOf = (skus: readonly string[]): Basket => ({
  items: JSON.stringify({ items: skus.map((sku) => ({ sku, quantity: 1 })) }),
});

const ADDRESS = {
  name: 'Ada Lovelace',
  line1: 'St James’s Square 12',
  city: 'London',
  postalCode: 'SW1Y 4JH',
  country: 'GB',
};
const REST_OF_ORDER = JSON.stringify({ email: 'ada@example.com', shippingAddress: ADDRESS }).slice(1);
const PAYMENT = JSON.stringify({ method: { type: 'card', token: 'tok_success' } });

/** Cart, order, payment: three requests, one after the other. Never throws for what the shop answers. */
export async function buy(connections: Connections, basket: Basket): Promise<Journey> {
  const stepsMs: number[] = [];
  let refusal: string | undefined;
  try {
    refusal = await connections.use((connection) => threeRequests(connection, basket, stepsMs));
  } catch (error) {
    refusal = (error as Error).message; // Of the connection.
  }
  return { endedAt: performance.now(), stepsMs, refusal };
}

/** @returns why the shop refused one of them */
async function threeRequests(
  connection: HttpConnection,
  { items }: Basket,
  stepsMs: number[],
): Promise<string | undefined> {
  const cart = await timed(connection, stepsMs, ['/v1/carts', '', items]);
  if (cart.status !== 201) return reasonOf(cart);
  const { id, token } = JSON.parse(cart.body) as { id: string; token: string };
  const body = `{"cartId":"${id}",${REST_OF_ORDER}`;
  const order = await timed(connection, stepsMs, ['/v1/orders', credentials(token), body]);
  if (order.status !== 201) return reasonOf(order);
  const path = `/v1/orders/${(JSON.parse(order.body) as { id: string }).id}/payments`;
  const payment = await timed(connection, stepsMs, [path, credentials(token), PAYMENT]);
  return payment.status === 201 ? undefined : reasonOf(payment);
}

const credentials = (token: string): string => `cart-token: ${token}\r\nidempotency-key: ${randomUUID()}\r\n`;

async function timed(
  connection: HttpConnection,
  stepsMs: number[],
  [path, headers, body]: readonly [string, string, string],
): Promise<Answer> {
  const startedAt = performance.now();
  const answer = await connection.post(path, headers, body);
  stepsMs.push(performance.now() - startedAt);
  return answer;
}

const reasonOf = ({ status, body }: Answer): string => `${status} ${/"code":"([^"]*)"/.exec(body)?.[1] ?? ''}`.trim();

/** How often each reason occurred. */
export function refusalsOf(journeys: readonly Journey[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { refusal } of journeys) if (refusal !== undefined) counts[refusal] = (counts[refusal] ?? 0) + 1;
  return counts;
}
