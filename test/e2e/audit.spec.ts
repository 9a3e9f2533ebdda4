import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { aProduct, newSku } from '../support/products.js';
import { Shop } from '../support/start-shop.js';

let shop: Shop;

beforeAll(async () => {
  shop = await Shop.start({ workers: 1, env: { LOG_LEVEL: 'info' } });
});

afterAll(() => shop?.stop());

interface Write {
  readonly call: () => Promise<{ readonly status: number; readonly body: any }>;
  /** What the newest entries about the subject must say, as far as it is given. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly subject: string;
}

const PRICE = { amount: 5_000, currency: 'EUR' };

async function aLetter(queue = 'order.payment-captured'): Promise<string> {
  const id = newId('dead');
  await shop.db.query(
    `INSERT INTO messaging.dead_letters (id, queue, message_id, body, properties, error, detail, stack, attempts, first_failed_at, last_failed_at)
     VALUES ($1, $2, $3, '{}', '{}', 'PermanentFailure', 'why', 'at', 1, now(), now())`,
    [id, queue, randomUUID()],
  );
  return id;
}

async function anOrder(): Promise<string> {
  const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
  return (await buyer.order()).id;
}

/** One way to use each operation that changes something for staff. */
const WRITES: Readonly<Record<string, () => Promise<Write>>> = {
  'put /v1/admin/products/{sku}': async () => {
    const sku = await aProduct(shop, { amount: 5_000 });
    const product = { name: 'Cheap', price: { ...PRICE, amount: 1 } };
    const entry = {
      action: 'product.replace',
      before: { price: PRICE, name: `Product ${sku}` },
      after: { price: product.price, name: 'Cheap', active: true, maxPerOrder: null },
    };
    return { call: () => shop.staff.put(`/v1/admin/products/${sku}`, product), subject: `product:${sku}`, entry };
  },
  'post /v1/admin/products/import': async () => {
    const products = [{ sku: newSku(), name: 'New', price: PRICE, onHand: 3 }];
    const entry = { action: 'product.create', before: null, after: { name: 'New', price: PRICE } };
    const call = () => shop.staff.post('/v1/admin/products/import', { products });
    return { call, subject: `product:${products[0]!.sku}`, entry };
  },
  'post /v1/admin/stock/{sku}/adjustments': async () => {
    const sku = await aProduct(shop, { onHand: 10 });
    const call = () => shop.staff.post(`/v1/admin/stock/${sku}/adjustments`, { delta: -2, reason: 'broken' });
    const change = { before: { onHand: 10 }, after: { onHand: 8, delta: -2 } };
    return { call, subject: `stock:${sku}`, entry: { action: 'stock.adjustment', reason: 'broken', ...change } };
  },
  'post /v1/admin/orders/{orderId}/refunds': async () => {
    const buyer = await Buyer.withCart(shop.api(), [{ sku: await aProduct(shop), quantity: 1 }]);
    const { id } = await buyer.order();
    await buyer.pay(id);
    await eventually(async () => {
      expect((await buyer.api.get(`/v1/orders/${id}`)).body).toMatchObject({ paymentStatus: 'paid' });
    });
    const amount = { amount: 100, currency: 'EUR' };
    const call = () => shop.staff.post(`/v1/admin/orders/${id}/refunds`, { amount, reason: 'a scratch' });
    return {
      call,
      subject: `order:${id}`,
      entry: { action: 'order.refund', reason: 'a scratch', before: null, after: { amount } },
    };
  },
  'put /v1/admin/stock/{sku}': async () => {
    const sku = await aProduct(shop, { onHand: 10 });
    const etag = (await shop.staff.get(`/v1/admin/stock/${sku}`)).headers.get('etag')!;
    const counted = { onHand: 12, reason: 'yearly' };
    const call = () => shop.staff.put(`/v1/admin/stock/${sku}`, counted, { 'if-match': etag });
    const change = { before: { onHand: 10 }, after: { onHand: 12 } };
    return { call, subject: `stock:${sku}`, entry: { action: 'stock.count', reason: 'yearly', ...change } };
  },
  'post /v1/admin/dead-letters/replay': async () => {
    const id = await aLetter('a.group');
    const queue = 'a.group';
    const call = () => shop.staff.post('/v1/admin/dead-letters/replay', { queue });
    return { call, subject: `dead_letter:${id}`, entry: { action: 'dead_letter.replay' } };
  },
  'post /v1/admin/dead-letters/{id}/replay': async () => {
    const id = await aLetter();
    const change = { before: { status: 'waiting' }, after: { status: 'replaying' } };
    const call = () => shop.staff.post(`/v1/admin/dead-letters/${id}/replay`, undefined);
    return { call, subject: `dead_letter:${id}`, entry: { action: 'dead_letter.replay', ...change } };
  },
  'post /v1/admin/dead-letters/{id}/discard': async () => {
    const id = await aLetter();
    const call = () => shop.staff.post(`/v1/admin/dead-letters/${id}/discard`, { reason: 'a test' });
    return { call, subject: `dead_letter:${id}`, entry: { action: 'dead_letter.discard', reason: 'a test' } };
  },
  'post /v1/admin/locks/{key}/release': async () => {
    const reason = 'hangs';
    const call = () => shop.staff.post('/v1/admin/locks/order%3A1/release', { reason });
    const entry = { action: 'lock.force_released', reason, after: { wasHeld: false } };
    return { call, subject: 'lock:order:1', entry };
  },
  'post /v1/orders/{orderId}/cancel': async () => {
    const orderId = await anOrder();
    const change = { before: { status: 'pending_payment' }, after: { status: 'cancelled' } };
    const call = () => shop.staff.post(`/v1/orders/${orderId}/cancel`, undefined);
    return { call, subject: `order:${orderId}`, entry: { action: 'order.cancel', ...change } };
  },
  'post /v1/orders/{orderId}/payments': async () => {
    const orderId = await anOrder();
    const method = { type: 'card', token: 'tok_success' };
    const call = () => shop.staff.post(`/v1/orders/${orderId}/payments`, { method });
    return { call, subject: 'payment', entry: { action: 'payment.create', before: null, after: { orderId } } };
  },
};

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
    const { call, subject, entry } = await WRITES[operation]!();
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
