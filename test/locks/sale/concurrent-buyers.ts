import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Shop } from '../../support/start-shop.js';
import { Connections, type Answer } from './connections.js';

const TRIES_MAX = 60;
const RETRY_MS = 100;
const ADDRESS = {
  name: 'Ada Lovelace',
  line1: 'St James’s Square 12',
  city: 'London',
  postalCode: 'SW1Y 4JH',
  country: 'GB',
};

interface Cart {
  readonly id: string;
  readonly token: string;
}

/** What the buyers were answered in the end, and on the way there. */
export class SaleCounts {
  /** Last answers by kind: `{ '201': 1, '409 insufficient_stock': 99 }`. */
  readonly ends = new Map<string, number>();
  /** Answers after which the same request was sent again, by kind. */
  readonly retried = new Map<string, number>();

  get answered(): number {
    return [...this.ends.values()].reduce((sum, ended) => sum + ended, 0);
  }

  get(kind: string): number {
    return this.ends.get(kind) ?? 0;
  }
}

/** Buyers of a shop, each with a cart and an order of its own, spread over its api processes. */
export class ConcurrentBuyers {
  private readonly lines: readonly Connections[];

  /** @param lanes requests at a time */
  constructor(
    shop: Shop,
    private readonly lanes: number,
  ) {
    const each = Math.ceil(lanes / shop.apis.length);
    this.lines = shop.apis.map(({ url }) => new Connections(url, each));
  }

  /** Each buys one unit: first all have a cart with it, then they all order. */
  async buy(
    sku: string,
    buyers: number,
    answered: (counts: SaleCounts) => void = () => undefined,
  ): Promise<SaleCounts> {
    const carts: Cart[] = [];
    await this.inLanes(buyers, async (line) => {
      carts.push(await this.cart(line, sku));
    });
    const counts = new SaleCounts();
    await this.inLanes(buyers, async (line, index) => {
      count(counts.ends, await this.order(line, carts[index]!, counts));
      answered(counts);
    });
    return counts;
  }

  /** One buyer after the other on every connection, until the signal. `answered` gets each answer of the shop, carts and orders. */
  async keepBuying(sku: string, until: AbortSignal, answered: (answer: Answer) => void): Promise<void> {
    await Promise.all(
      Array.from({ length: this.lanes }, async (_, lane) => {
        for (let turn = lane; !until.aborted; turn += 1) {
          const line = this.line(turn);
          const cart = await line.post('/v1/carts', { items: [] });
          answered(cart);
          const credentials = { 'cart-token': String(cart.body.token) };
          answered(await line.post(`/v1/carts/${cart.body.id}/items`, { sku, quantity: 1 }, credentials));
          answered(await this.checkout(line, { id: cart.body.id, token: cart.body.token }, randomUUID()));
        }
      }),
    );
  }

  leave(): void {
    for (const line of this.lines) line.close();
  }

  private async cart(line: Connections, sku: string): Promise<Cart> {
    for (let attempt = 1; ; attempt += 1) {
      const { status, body } = await line.post('/v1/carts', { items: [{ sku, quantity: 1 }] });
      if (status === 201) return { id: body.id, token: body.token };
      if (attempt === TRIES_MAX) throw new Error(`No cart: ${status} ${JSON.stringify(body)}`);
      await pause(RETRY_MS);
    }
  }

  /** Sends the same order again while the shop cannot say; the kind of the last answer. */
  private async order(line: Connections, cart: Cart, counts: SaleCounts): Promise<string> {
    const key = randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.checkout(line, cart, key);
      const kind = kindOf(answer);
      const undecided = answer.status === 0 || answer.status >= 500 || /request_in_flight|cart_locked/.test(kind);
      if (!undecided || attempt === TRIES_MAX) return kind;
      count(counts.retried, kind);
      await pause(RETRY_MS);
    }
  }

  private checkout(line: Connections, { id, token }: Cart, key: string): Promise<Answer> {
    const body = { cartId: id, email: 'ada@example.com', shippingAddress: ADDRESS };
    return line.post('/v1/orders', body, { 'cart-token': token, 'idempotency-key': key });
  }

  private async inLanes(jobs: number, job: (line: Connections, index: number) => Promise<void>): Promise<void> {
    let next = 0;
    await Promise.all(
      Array.from({ length: this.lanes }, async () => {
        while (next < jobs) {
          const index = next;
          next += 1;
          await job(this.line(index), index);
        }
      }),
    );
  }

  private line(index: number): Connections {
    return this.lines[index % this.lines.length]!;
  }
}

export const kindOf = ({ status, body }: Answer): string =>
  status >= 200 && status < 300 ? `${status}` : `${status} ${body.code}`;

function count(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}
