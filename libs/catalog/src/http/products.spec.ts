import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ProductCatalog } from '#contracts';
import { Reader } from '#database';
import { currencySchema } from '#kernel';
import type { ApiClient, Reply } from '../../../../test/support/api-client.js';
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

  it('does not take a SKU outside the alphabet', async () => {
    expect(await put('a%20b', { name: 'Mug', price: eur(1) })).toMatchObject({ status: 422 });
    expect(await put('x'.repeat(65), { name: 'Mug', price: eur(1) })).toMatchObject({ status: 422 });
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

  it.each(['limit=0', 'limit=101', 'cursor=%21', 'currency=eur', 'colour=blue'])('does not take ?%s', async (query) => {
    expect(await shopper.get(`/v1/products?${query}`)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    });
  });
});

describe('an import', () => {
  it('writes the good rows, and names the bad ones by their place', async () => {
    const [good, twice, other] = [newSku(), newSku(), newSku()];
    const { status, body } = await bringIn(
      aRow(good, { onHand: 7 }),
      aRow(twice),
      { sku: 'not a sku', name: '', price: eur(1) },
      aRow(twice, { name: 'Again' }),
      'nonsense',
      aRow(other, { price: eur(0.5) }),
      aRow(newSku(), { colour: 'blue' }),
    );
    expect(status).toBe(200);
    expect(body.counts).toEqual({ received: 7, created: 2, updated: 0, failed: 5, stockOpened: 2 });
    const places = body.errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`);
    expect(places.toSorted()).toEqual([
      '/products/2/name too_small',
      '/products/2/sku invalid_format',
      '/products/3/sku duplicate_sku',
      '/products/4 invalid_type',
      '/products/5/price/amount invalid_type',
      '/products/6/colour unknown_property',
    ]);
    expect((await shopper.get(`/v1/products/${good}`)).body).toMatchObject({ available: 7, price: eur(500) });
    expect((await shopper.get(`/v1/products/${twice}`)).body).toMatchObject({ name: `Product ${twice}`, available: 0 });
    expect((await staff.get(`/v1/admin/stock/${good}/movements`)).body.data).toMatchObject([
      { kind: 'opening', delta: 7, actor: 'staff:admin' },
    ]);
  });

  it('changes name and price of what exists, and leaves its stock and the rest', async () => {
    const sku = newSku();
    await put(sku, { name: 'Old', price: eur(1), maxPerOrder: 2 });
    const { body } = await bringIn(aRow(sku, { name: 'New', price: eur(2), onHand: 50 }));
    expect(body).toMatchObject({
      counts: { received: 1, created: 0, updated: 1, failed: 0, stockOpened: 0 },
      errors: [{ pointer: '/products/0/onHand', code: 'stock_already_opened' }],
    });
    expect((await shopper.get(`/v1/products/${sku}`)).body).toMatchObject({ name: 'New', price: eur(2), available: 0 });
    const [kept] = await sandbox.rows('SELECT max_per_order AS max FROM catalog.products WHERE sku = $1', [sku]);
    expect(kept).toEqual({ max: 2 });
  });

  it('takes no more statements for a thousand rows than for one', async () => {
    const statements = jest.spyOn(Reader.prototype, 'query');
    try {
      await bringIn(aRow());
      const forOne = statements.mock.calls.length;
      const rows = Array.from({ length: 1_000 }, (_, place) => aRow(newSku(), { onHand: place }));
      const { body } = await bringIn(...rows);
      expect(body).toMatchObject({ counts: { created: 1_000, stockOpened: 1_000 }, errors: [] });
      expect(statements.mock.calls.length - forOne).toBe(forOne);
    } finally {
      statements.mockRestore();
    }
    expect(await bringIn(...Array.from({ length: 1_001 }, () => aRow()))).toMatchObject({ status: 422 });
    expect(await bringIn()).toMatchObject({ status: 422 });
  });

  it('of the same products by several at once leaves each product once', async () => {
    const rows = Array.from({ length: 50 }, () => aRow(newSku(), { onHand: 3 }));
    const answers = await Promise.all([bringIn(...rows), bringIn(...rows.toReversed()), bringIn(...rows)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const sum = (count: string) => answers.reduce((total, { body }) => total + body.counts[count], 0);
    expect([sum('created'), sum('updated'), sum('stockOpened')]).toEqual([50, 100, 50]);
    expect(await sandbox.violations()).toEqual([]);
  });
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
