import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Reply } from '../support/api-client.js';
import { Buyer } from '../support/buyer.js';
import { violations } from '../support/invariants.js';
import { aProduct, stockOf } from '../support/products.js';
import { Shop } from '../support/start-shop.js';

/** How many replies there were of each kind: `{ '201': 1, '409 insufficient_stock': 99 }`. */
function tally(replies: readonly Reply[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of replies) {
    const kind = status < 300 ? `${status}` : `${status} ${body.code}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

describe.each([['redis'], ['none']])('with two api processes and LOCK_DRIVER=%s', (driver) => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.start({ apis: 2, env: { LOCK_DRIVER: driver } });
  });

  afterAll(() => shop?.stop());

  it('sells the last unit to exactly one of 100 buyers', async () => {
    const sku = await aProduct(shop, { onHand: 1 });
    const buyers = await times(100, (index) => Buyer.withCart(shop.api(index), [{ sku, quantity: 1 }]));
    const replies = await Promise.all(buyers.map((buyer) => buyer.checkout()));
    expect(tally(replies)).toEqual({ '201': 1, '409 insufficient_stock': 99 });
    const short = replies.flatMap(({ status, body }) => (status === 409 ? [body.items] : []));
    expect(short).toEqual(Array.from({ length: 99 }, () => [{ sku, requested: 1, available: 0 }]));
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 1, reserved: 1, available: 0 });
    expect(await violations(shop)).toEqual([]);
  });

  it('fills 100 of 300 baskets that name two SKUs in opposite orders', async () => {
    const [left, right] = [await aProduct(shop, { onHand: 100 }), await aProduct(shop, { onHand: 100 })];
    const baskets = [
      [left, right],
      [right, left],
    ].map((skus) => skus.map((sku) => ({ sku, quantity: 1 })));
    const buyers = await times(300, (index) => Buyer.withCart(shop.api(index), baskets[(index >> 1) % 2]));
    const replies = await Promise.all(buyers.map((buyer) => buyer.checkout()));
    expect(tally(replies)).toEqual({ '201': 100, '409 insufficient_stock': 200 });
    for (const sku of [left, right]) expect(await stockOf(shop, sku)).toMatchObject({ reserved: 100, available: 0 });
    expect(await violations(shop)).toEqual([]);
  });

  it('counts each of 50 parallel additions to one cart', async () => {
    const sku = await aProduct(shop, { onHand: 100 });
    const buyer = await Buyer.withCart(shop.api());
    const replies = await times(50, (index) => buyer.at(shop.api(index)).add({ sku, quantity: 1 }));
    expect(tally(replies)).toEqual({ '200': 50 });
    expect((await buyer.cart()).body.items).toMatchObject([{ sku, quantity: 50 }]);
  });

  it('makes one order and one hold of a checkout that is sent 20 times at once', async () => {
    const sku = await aProduct(shop, { onHand: 100 });
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 2 }]);
    const key = { 'idempotency-key': randomUUID() };
    const replies = await times(20, (index) => buyer.at(shop.api(index)).checkout(key));
    const { '201': created, '409 request_in_flight': refused = 0 } = tally(replies);
    expect([created! > 0, created! + refused]).toEqual([true, 20]);
    const again = await buyer.checkout(key);
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const ids = [...replies, again].filter((reply) => reply.status === 201).map((reply) => reply.body.id);
    expect(new Set(ids).size).toBe(1);
    expect(await stockOf(shop, sku)).toMatchObject({ reserved: 2 });
    expect(await violations(shop)).toEqual([]);
  });

  it('makes one order of a cart that is checked out 20 times with different keys', async () => {
    const sku = await aProduct(shop, { onHand: 100 });
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const replies = await times(20, (index) => buyer.at(shop.api(index)).checkout());
    expect(tally(replies)).toEqual({ '201': 1, '409 cart_already_ordered': 19 });
    expect(new Set(replies.map(({ status, body }) => (status === 201 ? body.id : body.orderId))).size).toBe(1);
    expect(await stockOf(shop, sku)).toMatchObject({ reserved: 1 });
  });

  it('takes the same key from two carts as two orders', async () => {
    const sku = await aProduct(shop, { onHand: 10 });
    const key = { 'idempotency-key': randomUUID() };
    const buyers = await times(2, (index) => Buyer.withCart(shop.api(index), [{ sku, quantity: 1 }]));
    const replies = await Promise.all(buyers.map((buyer) => buyer.checkout(key)));
    expect(tally(replies)).toEqual({ '201': 2 });
    expect(replies[0]!.body.id).not.toBe(replies[1]!.body.id);
    expect(await stockOf(shop, sku)).toMatchObject({ reserved: 2 });
  });

  it('captures once when an order is paid 10 times with ten keys', async () => {
    const sku = await aProduct(shop, { onHand: 10 });
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const order = await buyer.order();
    const replies = await times(10, (index) => buyer.at(shop.api(index)).pay(order.id));
    const { '201': paid, ...refused } = tally(replies);
    expect(paid).toBe(1);
    expect(Object.keys(refused).filter((kind) => !/^409 (already_paid|payment_in_progress)$/.test(kind))).toEqual([]);
    expect(await violations(shop)).toEqual([]);
    const { rows } = await shop.db.query(
      `SELECT (SELECT count(*) FROM payment.attempts WHERE order_id = $1 AND status = 'captured') AS captured,
              (SELECT count(*) FROM payment.sandbox_charges WHERE merchant_reference = $1) AS charged`,
      [order.id],
    );
    expect(rows).toEqual([{ captured: 1, charged: 1 }]);
  });
});
