import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';

let shop: ApiSandbox;

beforeAll(async () => {
  shop = await ApiSandbox.open();
});

afterAll(() => shop.close());

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const refused = (pointer: string) => ({
  status: 422,
  body: { code: 'validation_failed', errors: [expect.objectContaining({ pointer })] },
});

const auditOf = (type: string, id: string) =>
  shop.rows('SELECT action, before, after FROM audit.entries WHERE subject_type = $1 AND subject_id = $2 ORDER BY id', [
    type,
    id,
  ]);

describe('delivery methods', () => {
  const standard = {
    name: 'Standard',
    prices: [
      { ...eur(490), freeFrom: 5_000 },
      { amount: 600, currency: 'USD' },
    ],
  };
  const stored = {
    name: 'Standard',
    active: true,
    countries: [],
    prices: [standard.prices[0], { amount: 600, currency: 'USD', freeFrom: null }],
  };

  it('are created, replaced, read and listed, and each change leaves its audit entry', async () => {
    const path = '/v1/admin/delivery-methods/standard';
    expect(await shop.staff.get(path)).toMatchObject({ status: 404, body: { code: 'delivery_method_not_found' } });
    const created = await shop.staff.put(path, standard);
    expect(created).toMatchObject({ status: 201, body: { id: 'standard', ...stored } });
    expect(created.headers.get('location')).toBe(path);
    const changed = { ...stored, active: false, countries: ['DE'] };
    expect(await shop.staff.put(path, changed)).toMatchObject({ status: 200, body: changed });
    expect((await shop.staff.get(path)).body).toEqual({ id: 'standard', ...changed });
    await shop.staff.put('/v1/admin/delivery-methods/express', standard);
    const first = await shop.staff.get('/v1/admin/delivery-methods?limit=1');
    expect(first.body.data).toMatchObject([{ id: 'express' }]);
    const rest = await shop.staff.get(`/v1/admin/delivery-methods?cursor=${first.body.nextCursor}`);
    expect(rest.body).toMatchObject({ data: [{ id: 'standard' }], nextCursor: null });
    expect(await auditOf('delivery_method', 'standard')).toEqual([
      { action: 'delivery_method.create', before: null, after: stored },
      { action: 'delivery_method.replace', before: stored, after: changed },
    ]);
    expect((await shop.staff.delete(path)).status).toBe(204);
    expect(await shop.staff.delete(path)).toMatchObject({ status: 404, body: { code: 'delivery_method_not_found' } });
    expect((await auditOf('delivery_method', 'standard')).at(-1)).toEqual({
      action: 'delivery_method.delete',
      before: changed,
      after: null,
    });
  });

  it('have one price a currency, and real countries', async () => {
    const path = '/v1/admin/delivery-methods/wrong';
    const twice = [eur(1), eur(2)];
    expect(await shop.staff.put(path, { name: 'Wrong', prices: twice })).toMatchObject(refused('/prices'));
    expect(await shop.staff.put(path, { name: 'Wrong', prices: [] })).toMatchObject(refused('/prices'));
    const nowhere = { name: 'Wrong', prices: [eur(1)], countries: ['XX'] };
    expect(await shop.staff.put(path, nowhere)).toMatchObject(refused('/countries/0'));
  });
});

describe('tax rates', () => {
  it('are set by country, read and listed, and each change leaves its audit entry', async () => {
    const path = '/v1/admin/tax-rates/DE';
    expect(await shop.staff.get(path)).toMatchObject({ status: 404, body: { code: 'tax_rate_not_found' } });
    const [before, after] = [
      { basisPoints: 1_900, inclusive: true },
      { basisPoints: 1_600, inclusive: true },
    ];
    expect(await shop.staff.put(path, before)).toMatchObject({ status: 201, body: { country: 'DE', ...before } });
    expect(await shop.staff.put(path, after)).toMatchObject({ status: 200, body: { country: 'DE', ...after } });
    expect((await shop.staff.get(path)).body).toEqual({ country: 'DE', ...after });
    expect((await shop.staff.get('/v1/admin/tax-rates')).body).toEqual({
      data: [{ country: 'DE', ...after }],
      nextCursor: null,
    });
    expect(await auditOf('tax_rate', 'DE')).toEqual([
      { action: 'tax_rate.create', before: null, after: before },
      { action: 'tax_rate.replace', before, after },
    ]);
    expect(await shop.staff.put('/v1/admin/tax-rates/DE', { basisPoints: 10_001, inclusive: true })).toMatchObject(
      refused('/basisPoints'),
    );
    expect((await shop.staff.put('/v1/admin/tax-rates/XX', after)).status).toBe(422);
  });
});

describe('discount codes', () => {
  it('are created and replaced, whatever the case, and each change leaves its audit entry', async () => {
    expect(await shop.staff.get('/v1/admin/discounts/SPRING')).toMatchObject({
      status: 404,
      body: { code: 'discount_not_found' },
    });
    const created = await shop.staff.put('/v1/admin/discounts/spring', { amount: eur(500), minSubtotal: eur(2_000) });
    expect(created).toMatchObject({
      status: 201,
      body: { code: 'SPRING', amount: eur(500), basisPoints: null, minSubtotal: eur(2_000), active: true, used: 0 },
    });
    expect(created.headers.get('location')).toBe('/v1/admin/discounts/SPRING');
    const terms = { basisPoints: 1_000, validFrom: '2026-01-01T00:00:00.000Z', usesMax: 10, usesMaxPerBuyer: 1 };
    expect(await shop.staff.put('/v1/admin/discounts/Spring', terms)).toMatchObject({
      status: 200,
      body: { ...terms, amount: null, minSubtotal: null, validTo: null },
    });
    expect((await shop.staff.get('/v1/admin/discounts/sPRING')).body).toMatchObject({ code: 'SPRING', ...terms });
    expect((await shop.staff.get('/v1/admin/discounts')).body.data).toMatchObject([{ code: 'SPRING', ...terms }]);
    expect(await auditOf('discount', 'SPRING')).toMatchObject([
      { action: 'discount.create', before: null, after: { amount: 500, currency: 'EUR' } },
      { action: 'discount.replace', before: { amount: 500 }, after: { amount: null, basisPoints: 1_000 } },
    ]);
  });

  it.each([
    [{}, '/amount'],
    [{ amount: eur(1), basisPoints: 1 }, '/amount'],
    [{ amount: eur(0) }, '/amount/amount'],
    [{ amount: eur(1), minSubtotal: { amount: 1, currency: 'USD' } }, '/minSubtotal/currency'],
    [{ basisPoints: 10_001 }, '/basisPoints'],
    [{ basisPoints: 1, usesMax: 0 }, '/usesMax'],
    [{ basisPoints: 1, validTo: 'tomorrow' }, '/validTo'],
  ])('%j is no discount: %s', async (terms, pointer) => {
    expect(await shop.staff.put('/v1/admin/discounts/WRONG', terms)).toMatchObject(refused(pointer));
  });

  it('are one when ten are created at once', async () => {
    const puts = await Promise.all(
      Array.from({ length: 10 }, () => shop.staff.put('/v1/admin/discounts/RACE', { basisPoints: 1 })),
    );
    expect(puts.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(puts.filter(({ status }) => status === 200)).toHaveLength(9);
    const entries = await auditOf('discount', 'RACE');
    expect(entries.filter(({ before }) => before === null)).toHaveLength(1);
    expect(entries).toHaveLength(10);
  });
});

it('needs the scope catalog:read to look, and catalog:write to change', async () => {
  for (const path of ['delivery-methods', 'tax-rates', 'discounts']) {
    expect(await shop.api.get(`/v1/admin/${path}`)).toMatchObject({ status: 401 });
  }
  expect(await shop.api.put('/v1/admin/tax-rates/DE', { basisPoints: 0, inclusive: true })).toMatchObject({
    status: 401,
  });
});
