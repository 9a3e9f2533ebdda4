/** @servers postgres, redis, rabbitmq, etcd, zookeeper */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer } from '../support/buyer.js';
import { violations } from '../support/invariants.js';
import { aProduct } from '../support/products.js';
import { Shop } from '../support/start-shop.js';

const BUYERS = 100;

// What races.spec.ts plays with the default driver and with none.
describe.each([['etcd'], ['zookeeper'], ['postgres']])('with two api processes and LOCK_DRIVER=%s', (driver) => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.start({ apis: 2, env: { LOCK_DRIVER: driver } });
  });

  afterAll(() => shop?.stop());

  it('sells the last unit to exactly one of 100 buyers', async () => {
    const sku = await aProduct(shop, { onHand: 1 });
    const carts = Array.from({ length: BUYERS }, (_, index) => Buyer.withCart(shop.api(index), [{ sku, quantity: 1 }]));
    const replies = await Promise.all((await Promise.all(carts)).map((buyer) => buyer.checkout()));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ body }) => body.code === 'insufficient_stock')).toHaveLength(BUYERS - 1);
    expect(await violations(shop)).toEqual([]);
  });
});
