import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Reader } from '#database';
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

describe('an import', () => {
  it('takes a thousand rows whose names have 70 Japanese characters', async () => {
    const rows = Array.from({ length: 1_000 }, () => aRow(newSku(), { name: '湯'.repeat(70) }));
    expect(Buffer.byteLength(JSON.stringify({ products: rows }))).toBeGreaterThan(256 * 1024);
    expect(await bringIn(...rows)).toMatchObject({ status: 200, body: { counts: { created: 1_000, failed: 0 } } });
  });

  it.each([
    ['U+0000', 'a\0b'],
    ['half of a surrogate pair', 'a\ud800b'],
    ['nothing that can be seen', '\u200b'],
  ])('leaves out the one row that has %s in its name', async (_what, name) => {
    const [good, bad] = [newSku(), newSku()];
    const { status, body } = await bringIn(aRow(good), aRow(bad, { name }));
    expect(status).toBe(200);
    expect(body.counts).toMatchObject({ created: 1, failed: 1 });
    expect(body.errors).toMatchObject([{ pointer: '/products/1/name', code: 'invalid_format' }]);
  });

  it.each(['a\0b', 'a\ud800b', '__proto__', 'constructor', 'prototype'])(
    'leaves out the one row that has a member named %j',
    async (name) => {
      const [good, bad] = [newSku(), newSku()];
      const row = JSON.stringify(aRow(bad)).replace('{', `{${JSON.stringify(name)}:1,`);
      const answer = await staff.post(
        '/v1/admin/products/import',
        `{"products":[${JSON.stringify(aRow(good))},${row}]}`,
      );
      expect(answer).toMatchObject({ status: 200, body: { counts: { created: 1, failed: 1 } } });
      expect(answer.body.errors).toMatchObject([{ code: 'unknown_property' }]);
      expect(answer.body.errors[0].pointer).toMatch(/^\/products\/1\//);
    },
  );

  it('names a few errors of each row at the most', async () => {
    const members = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`member${index}`, 1]));
    const { body } = await bringIn(...Array.from({ length: 1_000 }, () => aRow(newSku(), members)));
    expect(body.counts).toMatchObject({ failed: 1_000 });
    expect(body.errors).toHaveLength(10_000);
  });

  it('writes the good rows, and names the bad ones by their place', async () => {
    const [good, twice, other] = [newSku(), newSku(), newSku()];
    const { status, body } = await bringIn(
      aRow(good, { onHand: 7 }),
      aRow(twice),
      { sku: ' not a sku', name: '', price: eur(1) },
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
