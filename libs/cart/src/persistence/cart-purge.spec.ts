import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { Transactions } from '#database';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { CartPurge } from './cart-purge.js';
import { aCart } from '../http/cart-bench.suite.js';

let shop: ApiSandbox;
let sku: string;

beforeAll(async () => {
  shop = await ApiSandbox.open();
  sku = await shop.aProduct({ amount: 1_999, onHand: 10 });
});

afterAll(() => shop.close());

const idOf = ({ path }: { path: string }) => path.split('/').at(-1)!;

const unchangedFor = (days: number, ...ids: string[]) =>
  shop.rows(
    `UPDATE cart.carts SET created_at = now() - make_interval(days => 100), updated_at = now() - make_interval(days => $1)
      WHERE id = ANY ($2)`,
    [days, ids],
  );

it('gives up carts that nobody has changed for long, deletes them later, and leaves ordered ones alone', async () => {
  const [old, used, ordered] = await Promise.all([1, 2, 3].map(() => aCart(shop.api, [{ sku, quantity: 1 }])));
  const ids = [idOf(old!), idOf(used!), idOf(ordered!)];
  const statuses = async () => {
    const rows = await shop.rows('SELECT id, status FROM cart.carts WHERE id = ANY ($1)', [ids]);
    return ids.map((id) => rows.find((row) => row['id'] === id)?.['status']);
  };
  await shop.rows(`UPDATE cart.carts SET status = 'ordered', order_id = 'order_spec' WHERE id = $1`, [ids[2]]);
  await unchangedFor(7, ids[0]!, ids[2]!);
  await unchangedFor(5, ids[1]!);
  const purge = new CartPurge(shop.get(Transactions), loadConfig({ CART_TTL_DAYS: '6' }));
  expect([await purge.run(), await purge.run()]).toEqual([1, 0]);
  expect(await statuses()).toEqual(['abandoned', 'active', 'ordered']);
  expect((await old!.api.post(`${old!.path}/items`, { sku, quantity: 1 })).status).toBe(404);
  await unchangedFor(31, ids[0]!, ids[2]!);
  expect([await purge.run(), await purge.run()]).toEqual([1, 0]);
  expect(await statuses()).toEqual([undefined, 'active', 'ordered']);
  expect(await shop.rows('SELECT count(*)::integer AS left FROM cart.items WHERE cart_id = $1', [ids[0]])).toEqual([
    { left: 0 },
  ]);
});
