import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { aProduct, newSku } from '../support/products.js';
import { Shop } from '../support/start-shop.js';
import { PRICE, WRITES } from './audited-writes.js';

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.start({ workers: 1, env: { LOG_LEVEL: 'info' } });
});

afterAll(() => shop?.stop());

const READING = new Set(['get', 'head', 'options']);

describe('the audit', () => {
  it('knows every operation of the document that changes something for staff', async () => {
    const { body: document } = await shop.api().get('/openapi.json');
    const writes = Object.entries<Record<string, any>>(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([method]) => !READING.has(method))
        .filter(([, { security }]) =>
          JSON.stringify(security ?? [])
            .toLowerCase()
            .includes('apikey'),
        )
        .map(([method]) => `${method} ${path}`),
    );
    expect(writes.toSorted()).toEqual(Object.keys(WRITES).toSorted());
  });

  it.each(Object.keys(WRITES))('has an entry with the actor and both states after %s', async (operation) => {
    const { call, subject, entry } = await WRITES[operation]!(shop);
    const { status, body } = await call();
    expect({ status, body: status < 300 ? undefined : body }).toEqual({ status: expect.any(Number), body: undefined });
    const { body: found } = await shop.staff.get(
      `/v1/admin/audit?actor=staff:admin&subject=${encodeURIComponent(subject)}`,
    );
    expect(found.data[0]).toMatchObject({
      ...entry,
      actor: 'staff:admin',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('keeps nothing of a change that was refused', async () => {
    const sku = await aProduct(shop, { onHand: 1 });
    const refused = await shop.staff.post(`/v1/admin/stock/${sku}/adjustments`, { delta: -2, reason: 'too many' });
    expect(refused.status).toBe(409);
    const { body } = await shop.staff.get(`/v1/admin/audit?subject=stock:${sku}`);
    expect(body.data.map(({ action }: any) => action)).toEqual(['stock.opening']);
  });

  it('is read page by page, the latest first, with the scope ops:read, and by a command', async () => {
    const sku = newSku();
    for (const amount of [1, 2, 3]) {
      await shop.staff.put(`/v1/admin/products/${sku}`, { name: 'A', price: { ...PRICE, amount } });
    }
    const amounts: number[] = [];
    for (let cursor = ''; ;) {
      const { body } = await shop.staff.get(`/v1/admin/audit?subject=product:${sku}&limit=1${cursor}`);
      amounts.push(body.data[0].after.price.amount);
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(amounts).toEqual([3, 2, 1]);
    expect((await shop.api().get('/v1/admin/audit')).status).toBe(401);
  });

  it('names who made and who revoked an API key, and never the key, also by a command', async () => {
    const [id, key] = (await shop.cli('keys', 'create', '--label', 'ERP', '--scopes', 'catalog:write'))
      .trim()
      .split('\n');
    const erp = shop.api().as({ authorization: `Bearer ${key}` });
    expect((await erp.get('/v1/admin/audit')).status).toBe(403);
    await shop.cli('keys', 'revoke', id!);
    const { body } = await shop.staff.get(`/v1/admin/audit?subject=api_key:${id}`);
    expect(body.data).toMatchObject([
      { action: 'api_key.revoke', actor: expect.stringMatching(/^cli:/), before: { revokedAt: null } },
      { action: 'api_key.create', after: { label: 'ERP', scopes: ['catalog:write'] } },
    ]);
    const printed = await shop.cli('audit', '--subject', `api_key:${id}`, '--limit', '1');
    expect(printed).toMatch(/^\S+ {2}"cli:[^"]+" {2}api_key\.revoke {2}"api_key:key_.*"label":"ERP".*\n$/);
    expect(JSON.stringify(body) + printed).not.toContain(key!.slice(3));
    expect(shop.apis[0]!.output).toContain(`"caller":"staff:${id}"`);
  });

  it('has beside it a log of requests that names who asked, and no secret', async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const order = await buyer.order();
    await buyer.read(order.id);
    await shop.api().get(`/v1/orders/${order.id}`);
    const lines = (route: string) =>
      shop.apis[0]!.output.split('\n')
        .filter((line) => line.includes('"msg":"request"') && line.includes(`"route":"${route}"`))
        .map((line) => JSON.parse(line).caller);
    await eventually(() =>
      expect(new Set(lines('/v1/orders/:orderId').slice(-2))).toEqual(new Set(['guest', `guest:${buyer.cartId}`])),
    );
    expect(lines('/v1/orders').at(-1)).toBe(`guest:${buyer.cartId}`);
    expect(lines('/v1/admin/products/import')).toContain('staff:admin');
    expect(shop.apis[0]!.output).not.toContain(buyer.cartToken);
    expect(shop.apis[0]!.output).not.toContain(shop.adminKey);
  });

  it('cannot be changed, not even in the database', async () => {
    await aProduct(shop);
    await expect(shop.db.query(`UPDATE audit.entries SET actor = 'nobody'`)).rejects.toThrow('never changed');
    await expect(shop.db.query('DELETE FROM audit.entries')).rejects.toThrow('never changed');
    await expect(shop.db.query('TRUNCATE audit.entries')).rejects.toThrow('never changed');
  });

  it('says the price before when a product gets a price in another currency or is written by two at once', async () => {
    const sku = newSku();
    const put = (amount: number, currency: string) =>
      shop.staff.put(`/v1/admin/products/${sku}`, { name: 'A', price: { amount, currency } });
    await Promise.all([1, 2, 3, 4, 5].map((amount) => put(amount, 'EUR')));
    await put(9, 'USD');
    const { body } = await shop.staff.get(`/v1/admin/audit?subject=product:${sku}`);
    const [inDollars, ...inEuros] = body.data;
    expect(inDollars).toMatchObject({ before: { price: null }, after: { price: { amount: 9, currency: 'USD' } } });
    const before = inEuros.map((entry: any) => entry.before?.price.amount ?? null);
    const after = inEuros.map((entry: any) => entry.after.price.amount);
    // A chain: each amount but the last one is what exactly one other write found.
    const last = (await shop.api().get(`/v1/products/${sku}`)).body.price.amount;
    expect(new Set([...before, last])).toEqual(new Set([null, ...after]));
  });
});
