import { COLLECTS_ON_SIGNAL, memoryOf, type Memory } from '../fuzz/memory.js';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { aProduct } from '../support/products.js';
import { Shop } from '../support/start-shop.js';
import { StreamClient } from '../support/stream-client.js';

const LANES = 10;
/** Long enough for the last retry of the last client on a busy machine. */
const SETTLE = { withinMs: 120_000, everyMs: 250 };
const LISTENERS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name = 'holdfast order streams' AND datname = current_database()`;

export interface StreamsOptions {
  /** At the same time, spread over the orders. */
  readonly clients: number;
  readonly orders: number;
}

export interface StreamsOutcome {
  readonly events: number;
  /** Connections beyond the first one of each client. */
  readonly reconnects: number;
  /** Of the process that lives from beginning to end, its garbage left out. */
  readonly before: Memory;
  readonly after: Memory;
  /** Why it did not hold. Empty is the only good answer. */
  readonly complaints: readonly string[];
}

interface Followed {
  readonly buyer: Buyer;
  readonly orderId: string;
  readonly clients: readonly StreamClient[];
}

/**
 * Orders are placed, followed on two api processes, and paid. Meanwhile clients lose their connections, PostgreSQL ends those that listen,
 * one process is killed with `kill -9`, and later stopped, and comes back. Each client must see each event of its order once, in order.
 */
export async function streams({ clients, orders }: StreamsOptions): Promise<StreamsOutcome> {
  const env = { STREAM_CLIENTS_MAX: String(clients), NODE_OPTIONS: COLLECTS_ON_SIGNAL };
  const shop = await Shop.start({ apis: 2, env });
  try {
    const sku = await aProduct(shop, { onHand: 2 * orders });
    await round(shop, { sku, orders: Math.ceil(orders / 4), clients: Math.ceil(clients / 4) }, async () => []);
    const before = await memoryOf(shop.apis[0]!);
    const outcome = await round(shop, { sku, orders, clients }, () => misfortunes(shop));
    const after = await memoryOf(shop.apis[0]!);
    const violated = (await violations(shop)).map(({ name }) => `violated: ${name}`);
    return { ...outcome, before, after, complaints: [...outcome.complaints, ...violated] };
  } finally {
    await shop.stop();
  }
}

/** Returns when the clients have everything, or will not get it. They are closed then. */
async function round(
  shop: Shop,
  { sku, orders, clients }: StreamsOptions & { readonly sku: string },
  troubles: () => Promise<readonly string[]>,
): Promise<Pick<StreamsOutcome, 'events' | 'reconnects' | 'complaints'>> {
  const followed: Followed[] = [];
  try {
    await inLanes(orders, async (number) => {
      const buyer = await Buyer.withCart(shop.api(0), [{ sku, quantity: 1 }]);
      const { id } = await buyer.order();
      const count = Math.floor(((number + 1) * clients) / orders) - Math.floor((number * clients) / orders);
      const those = Array.from({ length: count }, (_, index) => follow(shop, buyer, id, number + index));
      followed.push({ buyer, orderId: id, clients: those });
    });
    const all = followed.flatMap((each) => each.clients);
    await eventually(() => {
      if (!all.every(({ isConnected }) => isConnected)) throw new Error('Not every client is connected.');
    }, SETTLE);
    const [complaints] = await Promise.all([troubles(), pay(followed), breakSome(all)]);
    await eventually(async () => {
      if ((await unfinished(shop)) > 0) throw new Error('Orders are not confirmed.');
    }, SETTLE);
    return {
      events: all.reduce((sum, { events }) => sum + events.length, 0),
      complaints: [...complaints, ...(await missing(shop, followed))],
      reconnects: all.reduce((sum, { ends }) => sum + ends.length, 0),
    };
  } finally {
    for (const each of followed) for (const client of each.clients) client.close();
  }
}

/** Comes back to the other process each time. */
function follow(shop: Shop, buyer: Buyer, orderId: string, first: number): StreamClient {
  let turn = first;
  return new StreamClient({
    path: `/v1/orders/${orderId}/stream`,
    headers: { 'cart-token': buyer.cartToken },
    url: () => shop.apis[turn++ % 2]!.url,
    comesBack: true,
  });
}

/** The first process serves the buyers, so nothing but the streams is interrupted. */
async function misfortunes(shop: Shop): Promise<readonly string[]> {
  const [, other] = shop.apis;
  await shop.db.query(LISTENERS);
  await other!.kill('SIGKILL');
  await other!.start();
  await shop.db.query(LISTENERS);
  const code = await other!.kill('SIGTERM');
  await other!.start();
  return code === 0 ? [] : [`A process with open streams was stopped and ended with ${code}.`];
}

async function pay(followed: readonly Followed[]): Promise<void> {
  await inLanes(followed.length, async (number) => {
    const { buyer, orderId } = followed[number]!;
    // A declined payment makes a longer history.
    await buyer.pay(orderId, 'tok_declined');
    const { status, body } = await buyer.pay(orderId);
    if (status !== 201) throw new Error(`No payment: ${status} ${JSON.stringify(body)}`);
  });
}

/** Every fifth client loses its connection, one after the other. */
async function breakSome(clients: readonly StreamClient[]): Promise<void> {
  for (const client of clients.filter((_, index) => index % 5 === 0)) {
    client.break();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function unfinished(shop: Shop): Promise<number> {
  const { rows } = await shop.db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM orders.orders WHERE status <> 'confirmed'`,
  );
  return rows[0]!.count;
}

/** What clients lack, have twice, or have in another order than the table. */
async function missing(shop: Shop, followed: readonly Followed[]): Promise<string[]> {
  const { rows } = await shop.db.query<{ id: string; types: string[] }>(
    `SELECT order_id AS id, array_agg(sequence || ' ' || type ORDER BY sequence) AS types FROM orders.history GROUP BY order_id`,
  );
  const typesOf = new Map(rows.map(({ id, types }) => [id, types.join(', ')]));
  const lacking = () =>
    followed.flatMap(({ orderId, clients }) =>
      clients.flatMap(({ events, answers }) => {
        const seen = events.map(({ id, event }) => `${id} ${event}`).join(', ');
        const last = answers.at(-1);
        return seen === typesOf.get(orderId) ? [] : [`${orderId}: ${seen} (${last?.status} ${last?.body})`];
      }),
    );
  await eventually(() => {
    if (lacking().length > 0) throw new Error('Clients lack events.');
  }, SETTLE).catch(() => undefined); // What they lack is returned.
  return lacking().slice(0, 10);
}

async function inLanes(count: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (; next < count;) await work(next++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
