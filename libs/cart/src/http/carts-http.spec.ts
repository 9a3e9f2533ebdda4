import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { asCustomer, CUSTOMER_JWT_SECRET } from '../../../../test/support/customer.js';
import { disclosed } from '../../../../test/support/disclosed.js';
import { aCart, problem } from './cart-bench.suite.js';

let shop: ApiSandbox;
let sku: string;

beforeAll(async () => {
  shop = await ApiSandbox.open({ CUSTOMER_JWT_SECRET });
  sku = await shop.aProduct({ amount: 1_999, onHand: 10 });
});

afterAll(() => shop.close());

const customer = (id: string) => asCustomer(shop.api, id);

const create = (key: string, headers: Record<string, string> = {}) =>
  shop.api.post('/v1/carts', {}, { 'idempotency-key': key, ...headers });

describe('a new cart', () => {
  it('is empty, in the shop’s currency, and shows its token once', async () => {
    const { status, headers, body } = await shop.api.post('/v1/carts', {});
    const nothing = { amount: 0, currency: 'EUR' };
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        status: 'active',
        currency: 'EUR',
        items: [],
        totals: { subtotal: nothing, discount: nothing, delivery: nothing, tax: nothing, total: nothing },
        version: 1,
        token: expect.stringMatching(/^[\w-]{43}$/),
      },
    });
    expect(headers.get('location')).toBe(`/v1/carts/${body.id}`);
    expect(headers.get('etag')).toBe('"1"');
    const read = await shop.api.as({ 'cart-token': body.token }).get(`/v1/carts/${body.id}`);
    const { token, ...shown } = body;
    expect(read.body).toEqual(shown);
    const stored = await shop.rows('SELECT to_jsonb(carts) AS cart FROM cart.carts WHERE id = $1', [body.id]);
    expect(JSON.stringify(stored)).not.toContain(token);
  });

  it('takes no body at all, too', async () => {
    expect(await shop.api.send('POST', '/v1/carts', {})).toMatchObject({ status: 201, body: { items: [] } });
  });

  it('may come with items; a SKU named twice counts as the sum', async () => {
    const other = await shop.aProduct({ amount: 500 });
    const { api, path } = await aCart(shop.api, [
      { sku: other, quantity: 1 },
      { sku, quantity: 2 },
      { sku: other, quantity: 3 },
    ]);
    const { body } = await api.get(path);
    expect(body.items).toEqual([
      expect.objectContaining({ sku: other, quantity: 4, lineTotal: { amount: 2_000, currency: 'EUR' } }),
      {
        sku,
        name: `Product ${sku}`,
        quantity: 2,
        unitPrice: { amount: 1_999, currency: 'EUR' },
        lineTotal: { amount: 3_998, currency: 'EUR' },
        available: 10,
      },
    ]);
    expect(body.totals.total).toEqual({ amount: 5_998, currency: 'EUR' });
  });

  it.each([
    ['an unknown product', { items: [{ sku: 'NOBODY-SELLS-THIS', quantity: 1 }] }, 404, 'product_not_found'],
    ['a currency that is none', { currency: 'XXQ' }, 422, 'validation_failed'],
    ['half a unit', { items: [{ sku: 'A', quantity: 1.5 }] }, 422, 'validation_failed'],
    [
      '101 items',
      { items: Array.from({ length: 101 }, (_, n) => ({ sku: `S${n}`, quantity: 1 })) },
      422,
      'validation_failed',
    ],
  ])('does not begin with %s', async (_name, body, status, code) => {
    expect(await shop.api.post('/v1/carts', body)).toMatchObject(problem(status, code));
  });

  it('has only what is sold in its currency', async () => {
    const yen = { currency: 'JPY', items: [{ sku, quantity: 1 }] };
    expect(await shop.api.post('/v1/carts', yen)).toMatchObject(problem(404, 'product_not_found', { sku }));
  });

  it('is the same one for a guest who repeats its creation with its token, and that token is not stored in clear', async () => {
    const key = randomUUID();
    const first = await create(key);
    const again = await create(key, { 'cart-token': first.body.token });
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const [kept] = await shop.rows(`SELECT string_agg(answer::text, '') AS answers FROM commands.idempotency_keys`);
    expect(kept!['answers']).not.toContain(Buffer.from(first.body.token).toString('hex'));
  });

  it.each([{}, { 'cart-token': 'undefined' }, { 'cart-token': 'null' }])(
    'is not shown to a stranger who takes the same key, with the headers %j',
    async (headers) => {
      const key = `1${JSON.stringify(headers)}`.slice(0, 20);
      expect((await create(key, headers)).status).toBe(201);
      const theirs = await create(key, headers);
      expect(theirs).toMatchObject(problem(409, 'secret_not_replayable'));
      expect(theirs.body.token).toBeUndefined();
      // Still the first one's.
      expect(await create(key, headers)).toMatchObject(problem(409, 'secret_not_replayable'));
    },
  );

  it('is the same one for a customer who repeats its creation, and another for every other customer', async () => {
    const [ada, eve] = [await customer('ada-repeats'), await customer('eve-repeats')];
    const key = { 'idempotency-key': '1' };
    const first = await ada.post('/v1/carts', {}, key);
    expect((await ada.post('/v1/carts', {}, { ...key, 'cart-token': 'forged' })).body).toEqual(first.body);
    expect((await eve.post('/v1/carts', {}, key)).body.id).not.toBe(first.body.id);
  });
});

describe('opening a cart', () => {
  it('answers every wrong credential, and every id that is none, in the same way', async () => {
    const [mine, other] = [await aCart(shop.api), await aCart(shop.api)];
    const customers = await aCart(await customer('ada'));
    const refusals = [
      await shop.api.get(mine.path),
      await other.api.get(mine.path),
      await shop.api.as({ 'cart-token': 'wrong' }).get(mine.path),
      await (await customer('eve')).get(mine.path),
      await (await customer('eve')).get(customers.path),
      await mine.api.get(`/v1/carts/${newId('cart')}`),
      await mine.api.get('/v1/carts/nonsense'),
      await mine.api.get(`/v1/carts/${newId('order')}`),
    ].map(disclosed);
    expect(refusals[0]).toMatchObject({ status: 404, document: { code: 'cart_not_found' } });
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
  });

  it('works for its customer without the token, and with it', async () => {
    const { api, path } = await aCart(await customer('ada'), [{ sku, quantity: 1 }]);
    expect(await api.get(path)).toMatchObject({ status: 200 });
    expect(await (await customer('ada')).get(path)).toMatchObject({ status: 200 });
    expect(await (await customer('ada')).put(`${path}/items/${sku}`, { quantity: 2 })).toMatchObject({ status: 200 });
  });

  it('changes nothing for anybody else', async () => {
    const { path } = await aCart(shop.api, [{ sku, quantity: 1 }]);
    const eve = (await aCart(shop.api)).api;
    expect(await eve.post(`${path}/items`, { sku, quantity: 1 })).toMatchObject(problem(404, 'cart_not_found'));
    expect(await eve.put(`${path}/items/${sku}`, { quantity: 9 })).toMatchObject(problem(404, 'cart_not_found'));
    expect(await eve.delete(`${path}/items/${sku}`)).toMatchObject(problem(404, 'cart_not_found'));
  });
});
