import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer } from '../../../../test/support/buyer.js';
import { newSku } from '../../../../test/support/products.js';
import { WholeShop } from '../../../../test/support/whole-shop.js';

const BUYERS = 20;

let shop: WholeShop;
let sku: string;
let answers: { readonly status: number; readonly body: Record<string, any> }[];

beforeAll(async () => {
  shop = await WholeShop.open();
  sku = newSku();
  const product = { sku, name: 'A mug', price: { amount: 1_250, currency: 'EUR' }, onHand: BUYERS - 5 };
  await shop.staff.post('/v1/admin/products/import', { products: [product] });
  const buyers: Buyer[] = [];
  for (let count = 0; count < BUYERS; count += 1) buyers.push(await Buyer.withCart(shop.api, [{ sku, quantity: 1 }]));
  answers = await Promise.all(buyers.map((buyer) => buyer.checkout()));
});

afterAll(() => shop?.close());

describe('buyers who order at the same time', () => {
  it('share transactions, and as many get an order as there is stock', async () => {
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(BUYERS - 5);
    const refused = answers.filter(({ status }) => status !== 201).map(({ body }) => body['code']);
    expect(refused).toEqual(Array.from({ length: 5 }, () => 'insufficient_stock'));
    const [seen] = await shop.rows(
      'SELECT count(*)::int AS orders, count(DISTINCT xmin::text)::int AS transactions FROM orders.orders',
    );
    expect(seen!['orders']).toBe(BUYERS - 5);
    expect(seen!['transactions']).toBeLessThan(BUYERS - 5);
  });

  it('each have a correlation of their own, which order, stock and reminder share', async () => {
    const rows = await shop.rows(`
      SELECT subject, count(*)::int AS messages, count(DISTINCT correlation_id)::int AS correlations, min(correlation_id) AS correlation
      FROM (SELECT subject, correlation_id FROM messaging.outbox UNION ALL SELECT subject, correlation_id FROM messaging.scheduled) AS sent
      WHERE subject LIKE 'order_%' GROUP BY subject`);
    expect(rows).toHaveLength(BUYERS - 5);
    for (const row of rows) expect(row).toMatchObject({ messages: 3, correlations: 1 });
    expect(new Set(rows.map(({ correlation }) => correlation)).size).toBe(BUYERS - 5);
  });

  it('keep their correlation where an order costs nothing and is confirmed at once', async () => {
    const gift = newSku();
    const product = { sku: gift, name: 'A gift', price: { amount: 0, currency: 'EUR' }, onHand: 10 };
    await shop.staff.post('/v1/admin/products/import', { products: [product] });
    const buyers: Buyer[] = [];
    for (let count = 0; count < 6; count += 1)
      buyers.push(await Buyer.withCart(shop.api, [{ sku: gift, quantity: 1 }]));
    const placed = await Promise.all(buyers.map((buyer) => buyer.order()));
    const rows = await shop.rows(
      `SELECT order_id, count(*)::int AS events, count(DISTINCT correlation_id)::int AS correlations, min(correlation_id) AS correlation
       FROM orders.history WHERE order_id = ANY ($1) GROUP BY order_id`,
      [placed.map(({ id }) => id)],
    );
    expect(rows).toHaveLength(6);
    for (const row of rows) expect(row).toMatchObject({ events: 2, correlations: 1 });
    expect(new Set(rows.map(({ correlation }) => correlation)).size).toBe(6);
  });

  it('leave orders and stock that keep their invariants', async () => {
    const { body } = await shop.staff.get('/v1/admin/invariants');
    expect(body.checks.filter(({ violations }: { violations: number }) => violations > 0)).toEqual([]);
  });
});
