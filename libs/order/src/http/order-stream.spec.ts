import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { Buyer } from '../../../../test/support/buyer.js';
import { eventually } from '../../../../test/support/eventually.js';
import { StreamClient } from '../../../../test/support/stream-client.js';

let shop: ApiSandbox;
let sku: string;
const clients: StreamClient[] = [];

beforeAll(async () => {
  shop = await ApiSandbox.open();
  sku = await shop.aProduct({ onHand: 1_000 });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => shop.close());

interface Ordered {
  readonly buyer: Buyer;
  readonly id: string;
}

async function anOrder(): Promise<Ordered> {
  const buyer = await Buyer.withCart(shop.api, [{ sku, quantity: 1 }]);
  return { buyer, id: (await buyer.order()).id };
}

/** Writes so much history as if it had happened, with as many statements. */
const happen = (id: string, from: number, to: number, { statements = 1, padding = 0 } = {}) =>
  Promise.all(
    Array.from({ length: statements }, () =>
      shop.rows(
        `WITH more AS (
           UPDATE orders.orders SET last_sequence = last_sequence + $2 WHERE id = $1 RETURNING id, last_sequence
         )
         INSERT INTO orders.history (order_id, sequence, type, to_status, to_payment, to_fulfilment, actor, data)
         SELECT id, last_sequence - $2 + n, 'order.tested', 'pending_payment', 'none', 'unfulfilled', 'system',
           jsonb_build_object('n', n, 'padding', repeat('x', $3))
         FROM more, generate_series(1, $2) AS n`,
        [id, (to - from + 1) / statements, padding],
      ),
    ),
  );

function follow(
  { id, buyer }: Ordered,
  { headers = {}, query = '' }: { headers?: Record<string, string>; query?: string } = {},
): StreamClient {
  const client = new StreamClient({
    path: `/v1/orders/${id}/stream${query}`,
    headers: { 'cart-token': buyer.cartToken, ...headers },
    url: () => shop.api.baseUrl,
  });
  clients.push(client);
  return client;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('the stream of an order', () => {
  it('brings the entries of the timeline, and what happens while it is open', async () => {
    const order = await anOrder();
    const client = follow(order);
    await eventually(() => expect(client.events).toHaveLength(1));
    expect((await order.buyer.api.post(`/v1/orders/${order.id}/cancel`, {})).status).toBe(200);
    await eventually(() => expect(client.events).toHaveLength(2));
    const { data } = (await order.buyer.api.get(`/v1/orders/${order.id}/timeline`)).body;
    expect(client.events).toEqual(
      data.map((entry: { seq: number; type: string }) => ({ id: String(entry.seq), event: entry.type, data: entry })),
    );
  });

  it('goes on behind Last-Event-ID, or behind `after` where there is none, and takes another’s id for none', async () => {
    const order = await anOrder();
    await happen(order.id, 2, 10);
    const cases: [object, number[]][] = [
      [{}, numbers(1, 10)],
      [{ query: '?after=7' }, numbers(8, 10)],
      [{ query: '?after=2', headers: { 'last-event-id': '9' } }, [10]],
      [{ headers: { 'last-event-id': 'evt_9' } }, numbers(1, 10)],
      [{ query: '?after=8', headers: { 'last-event-id': '99999999999' } }, [9, 10]],
    ];
    for (const [options, expected] of cases) {
      const client = follow(order, options);
      await eventually(() => expect(client.sequences).toEqual(expected));
    }
    const ahead = follow(order, { query: '?after=12' });
    await eventually(() => expect(ahead.isConnected).toBe(true));
    await happen(order.id, 11, 14);
    await eventually(() => expect(ahead.sequences).toEqual([13, 14]));
  });

  it('is in order and complete for everybody, wherever they begin, while a lot happens at once', async () => {
    const orders = await Promise.all(numbers(1, 8).map(anOrder));
    const early = orders.map((order) => follow(order));
    const work = orders.map(({ id }) => happen(id, 2, 401, { statements: 40 }));
    const late = orders.flatMap((order, index) => [
      follow(order, { query: `?after=${index * 20}` }),
      follow(order, { headers: { 'last-event-id': '150' } }),
    ]);
    await Promise.all(work);
    for (const client of early) await eventually(() => expect(client.sequences).toEqual(numbers(1, 401)));
    for (const [index, client] of late.entries()) {
      const after = index % 2 === 1 ? 150 : (index / 2) * 20;
      await eventually(() => expect(client.sequences).toEqual(numbers(after + 1, 401)));
    }
  });

  it('goes on when its connection for notifications is ended, without losing what happened meanwhile', async () => {
    const order = await anOrder();
    const client = follow(order);
    await eventually(() => expect(client.events).toHaveLength(1));
    const listeners = `FROM pg_stat_activity WHERE application_name = 'holdfast order streams' AND datname = current_database()`;
    for (let round = 1; round <= 3; round += 1) {
      await eventually(async () => expect(await shop.rows(`SELECT pid ${listeners}`)).toHaveLength(1));
      await shop.rows(`SELECT pg_terminate_backend(pid) ${listeners}`);
      await happen(order.id, round + 1, round + 1);
    }
    await eventually(() => expect(client.sequences).toEqual([1, 2, 3, 4]));
    expect(client.ends).toEqual([]);
  });

  it('reads nothing for a client that takes nothing, and everything once it reads again', async () => {
    const order = await anOrder();
    const client = follow(order);
    await eventually(() => expect(client.events).toHaveLength(1));
    client.pause();
    await happen(order.id, 2, 301, { padding: 30_000 });
    await happen(order.id, 302, 401, { padding: 30_000 });
    client.resume();
    await eventually(() => expect(client.sequences).toEqual(numbers(1, 401)));
    expect(client.ends).toEqual([]);
  });

  it('is open to the buyer and to staff who may read orders, and to nobody else', async () => {
    const [order, other] = [await anOrder(), await anOrder()];
    const status = async (headers: Record<string, string>, id = order.id) => {
      const { status: answered, body } = await shop.api.as(headers).get(`/v1/orders/${id}/stream`);
      return [answered, body.code];
    };
    expect(await status({ 'cart-token': order.buyer.cartToken })).toEqual([200, undefined]);
    expect(await status({ 'cart-token': other.buyer.cartToken })).toEqual([404, 'order_not_found']);
    expect(await status({})).toEqual([404, 'order_not_found']);
    expect(await status({ 'cart-token': order.buyer.cartToken }, newId('order'))).toEqual([404, 'order_not_found']);
    expect((await shop.staff.get(`/v1/orders/${order.id}/stream`)).status).toBe(200);
    expect(await order.buyer.api.get(`/v1/orders/${order.id}/stream?after=-1`)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ pointer: '/after', in: 'query' }] },
    });
  });
});
