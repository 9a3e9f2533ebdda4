import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProductCatalog } from '#contracts';
import { currencySchema } from '#kernel';
import type { ApiClient, Reply } from '../../../../test/support/api-client.js';
import { Buyer } from '../../../../test/support/buyer.js';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';

let sandbox: ApiSandbox;
let shopper: ApiClient;
let staff: ApiClient;

beforeAll(async () => {
  sandbox = await ApiSandbox.open();
  shopper = sandbox.api;
  staff = sandbox.staff;
});

afterAll(() => sandbox.close());

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const newSku = () => `P-${randomBytes(5).toString('hex')}`;
const put = (sku: string, body: object) => staff.put(`/v1/admin/products/${sku}`, body);
const bringIn = (...products: unknown[]): Promise<Reply> => staff.post('/v1/admin/products/import', { products });
const aRow = (sku = newSku(), more: object = {}) => ({ sku, name: `Product ${sku}`, price: eur(500), ...more });

async function everyProduct(currency: string): Promise<{ sku: string }[]> {
  const seen: { sku: string }[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await shopper.get(`/v1/products?limit=2&currency=${currency}${after}`);
    seen.push(...body.data);
    cursor = body.nextCursor;
  }
  return seen;
}

describe('putting a product', () => {
  it('creates it with an empty stock level, then replaces it', async () => {
    const sku = newSku();
    const created = await put(sku, { name: 'Mug', price: eur(1999), maxPerOrder: 3 });
    expect(created).toMatchObject({
      status: 201,
      body: { sku, name: 'Mug', price: eur(1999), active: true, maxPerOrder: 3 },
    });
    expect(created.headers.get('location')).toBe(`/v1/products/${sku}`);
    expect(await staff.get(`/v1/admin/stock/${sku}`)).toMatchObject({ status: 200, body: { onHand: 0 } });
    expect(await put(sku, { name: 'Mug, blue', price: eur(2099) })).toMatchObject({
      status: 200,
      body: { name: 'Mug, blue', price: eur(2099), maxPerOrder: null },
    });
    expect(await shopper.get(`/v1/products/${sku}`)).toMatchObject({
      status: 200,
      body: { sku, name: 'Mug, blue', price: eur(2099), available: 0 },
    });
  });

  it('sets the price of one currency and leaves the others', async () => {
    const sku = newSku();
    await put(sku, { name: 'Mug', price: eur(1999) });
    await put(sku, { name: 'Mug', price: { amount: 300, currency: 'JPY' } });
    expect((await shopper.get(`/v1/products/${sku}?currency=JPY`)).body.price).toEqual({
      amount: 300,
      currency: 'JPY',
    });
    expect((await shopper.get(`/v1/products/${sku}`)).body.price).toEqual(eur(1999));
    expect(await shopper.get(`/v1/products/${sku}?currency=USD`)).toMatchObject({
      status: 404,
      body: { code: 'product_not_found', sku },
    });
  });

  it('takes a product out of the shop', async () => {
    const sku = newSku();
    await put(sku, { name: 'Mug', price: eur(1999), active: false });
    expect(await shopper.get(`/v1/products/${sku}`)).toMatchObject({ status: 404 });
    expect((await everyProduct('EUR')).map((product) => product.sku)).not.toContain(sku);
  });

  it('is for staff', async () => {
    const body = { name: 'Mug', price: eur(1) };
    expect(await shopper.put('/v1/admin/products/MINE', body)).toMatchObject({ status: 401 });
    expect(await shopper.post('/v1/admin/products/import', { products: [aRow()] })).toMatchObject({ status: 401 });
    expect(await shopper.get('/v1/products/MINE')).toMatchObject({ status: 404 });
  });

  it.each([
    [{ name: '', price: eur(1) }, '/name'],
    [{ name: 'two\nlines', price: eur(1) }, '/name'],
    [{ name: 'Mug', price: eur(-1) }, '/price/amount'],
    [{ name: 'Mug', price: { amount: 1, currency: 'XX' } }, '/price/currency'],
    [{ name: 'Mug', price: eur(1), maxPerOrder: 0 }, '/maxPerOrder'],
    [{ name: 'Mug', price: eur(1), colour: 'blue' }, '/colour'],
    [{ name: 'Mug' }, '/price'],
  ])('does not take %j', async (body, pointer) => {
    expect(await put(newSku(), body)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ pointer }] },
    });
  });

  const nth = randomBytes(3).toString('hex');
  it.each([
    `4058NB/09 ${nth}`,
    `CAB.S&M.10 ${nth}`,
    `A+B ${nth}`,
    `АБВ-1 ${nth}`,
    `100% "wool"?#;<>|${nth}`,
    `../${nth}`,
    `a:b\\c{d}~${nth}`,
    `👕${nth}`,
    `日`.repeat(58) + nth,
    `👕`.repeat(58) + nth,
  ])('takes the SKU %s, which is then read, counted, ordered and locked like any other', async (sku) => {
    const path = encodeURIComponent(sku);
    const created = await put(path, { name: 'Mug', price: eur(100) });
    expect(created).toMatchObject({ status: 201, body: { sku } });
    expect(await shopper.get(created.headers.get('location')!)).toMatchObject({ status: 200, body: { sku } });
    const adjusted = await staff.post(`/v1/admin/stock/${path}/adjustments`, { delta: 2, reason: 'came' });
    expect(adjusted).toMatchObject({ status: 201, body: { sku } });
    expect(await staff.get(adjusted.headers.get('location')!)).toMatchObject({ status: 200 });
    const buyer = await Buyer.withCart(shopper, [{ sku, quantity: 1 }]);
    expect(await buyer.api.put(`/v1/carts/${buyer.cartId}/items/${path}`, { quantity: 2 })).toMatchObject({
      status: 200,
    });
    expect((await buyer.checkout()).body).toMatchObject({ items: [{ sku, quantity: 2 }] });
    expect((await staff.get(`/v1/admin/stock/${path}/reservations`)).body.data).toMatchObject([{ quantity: 2 }]);
    const list = await shopper.get(`/v1/products?limit=1&cursor=${Buffer.from(sku).toString('base64url')}`);
    expect(list.status).toBe(200);
  });

  it.each([
    '%20',
    '%20a',
    'a%20',
    '%C2%A0a',
    'a%0Ab',
    'a%00b',
    'a%E2%80%8Bb',
    'a%E2%80%A8b',
    'x'.repeat(65),
    '%F0%9F%91%95'.repeat(65),
    encodeURIComponent('\u3164'),
  ])('does not take the SKU %s', async (path) => {
    expect(await put(path, { name: 'Mug', price: eur(1) })).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    });
  });
});

describe('the shop window', () => {
  it('shows in pages what is sold in a currency, with what is available', async () => {
    const made = [newSku(), newSku(), newSku(), newSku(), newSku()];
    await bringIn(...made.map((sku) => ({ ...aRow(sku, { onHand: 4 }), price: { amount: 9, currency: 'CHF' } })));
    const seen = await everyProduct('CHF');
    expect(seen.map(({ sku }) => sku)).toEqual(made.toSorted());
    expect(seen[0]).toEqual({
      sku: made.toSorted()[0],
      name: expect.any(String),
      price: { amount: 9, currency: 'CHF' },
      available: 4,
    });
  });

  it.each(['limit=0', 'limit=101', 'cursor=%21', 'currency=eur', 'currency=HRK'])(
    'does not take ?%s',
    async (query) => {
      expect(await shopper.get(`/v1/products?${query}`)).toMatchObject({
        status: 422,
        body: { code: 'validation_failed' },
      });
    },
  );
});

describe('what carts and orders see of the catalogue', () => {
  it('is what is sold in their currency, and nothing else', async () => {
    const [sold, hidden, elsewhere] = [newSku(), newSku(), newSku()];
    await put(sold, { name: 'Sold', price: eur(700), maxPerOrder: 4 });
    await put(hidden, { name: 'Hidden', price: eur(700), active: false });
    await put(elsewhere, { name: 'Elsewhere', price: { amount: 700, currency: 'USD' } });
    const currency = currencySchema.parse('EUR');
    const catalog = sandbox.get(ProductCatalog);
    const found = await sandbox.transactions.read((db) =>
      catalog.sellable(db, [sold, hidden, elsewhere, newSku()], currency),
    );
    expect([...found]).toEqual([[sold, { sku: sold, name: 'Sold', price: eur(700), maxPerOrder: 4 }]]);
    expect(await sandbox.transactions.read((db) => catalog.sellable(db, [], currency))).toEqual(new Map());
  });
});
