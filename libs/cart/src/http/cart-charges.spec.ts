import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashToken, type Id } from '#kernel';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { Buyer } from '../../../../test/support/buyer.js';
import { asCustomer, CUSTOMER_JWT_SECRET, customerBearer } from '../../../../test/support/customer.js';
import { ReadCart } from '../use-cases/read-cart.js';
import { aCart, problem, type Guest } from './cart-bench.suite.js';

let shop: ApiSandbox;
let mug: string;

const eur = (amount: number) => ({ amount, currency: 'EUR' });

beforeAll(async () => {
  shop = await ApiSandbox.open({ CUSTOMER_JWT_SECRET });
  mug = await shop.aProduct({ amount: 10_000 });
});

afterAll(() => shop.close());

const aMug = (): Promise<Guest> => aCart(shop.api, [{ sku: mug, quantity: 1 }]);

async function aDiscount(code: string, terms: object): Promise<void> {
  expect((await shop.staff.put(`/v1/admin/discounts/${code}`, terms)).status).toBe(201);
}

describe('a cart in a shop that has entered nothing', () => {
  it('costs what its lines cost, and can be ordered with any delivery method or none', async () => {
    const buyer = await Buyer.withCart(shop.api, [{ sku: mug, quantity: 1 }]);
    const path = `/v1/carts/${buyer.cartId}`;
    expect((await buyer.api.get(path)).body).toMatchObject({
      totals: { total: eur(10_000) },
      discount: null,
      complete: false,
    });
    expect((await buyer.api.get(`${path}?country=DE`)).body).toMatchObject({
      totals: { total: eur(10_000) },
      complete: true,
    });
    expect(await buyer.api.get(`${path}/delivery-methods?country=DE`)).toMatchObject({
      status: 200,
      body: { data: [], required: false },
    });
    const order = await buyer.checkout({}, { deliveryMethod: 'drone', expectedTotal: eur(10_000) });
    expect(order).toMatchObject({
      status: 201,
      body: {
        deliveryMethod: 'drone',
        deliveryMethodName: null,
        discountCode: null,
        totals: { total: eur(10_000), includedTax: eur(0) },
        items: [{ discount: eur(0), tax: eur(0) }],
      },
    });
  });
});

describe('a discount code of a cart', () => {
  it('comes off its total, until it is taken away', async () => {
    await aDiscount('TENTH', { basisPoints: 1_000 });
    const { api, path } = await aMug();
    const discounted = await api.put(`${path}/discount`, { code: 'tenth' });
    expect(discounted).toMatchObject({
      status: 200,
      body: {
        version: 2,
        discount: { code: 'TENTH', problem: null },
        totals: { subtotal: eur(10_000), discount: eur(1_000), total: eur(9_000) },
      },
    });
    expect((await api.get(path)).body.totals.total).toEqual(eur(9_000));
    const without = { status: 200, body: { discount: null, totals: { discount: eur(0), total: eur(10_000) } } };
    expect(await api.delete(`${path}/discount`)).toMatchObject(without);
    expect(await api.delete(`${path}/discount`)).toMatchObject(without);
  });

  it('is refused where it does not apply, with the reason, and the cart stays as it was', async () => {
    const { api, path } = await aMug();
    const soon = new Date(Date.now() + 86_400_000).toISOString();
    await aDiscount('SOON', { basisPoints: 1, validFrom: soon });
    await aDiscount('OVER', { basisPoints: 1, validTo: '2020-01-01T00:00:00Z' });
    await aDiscount('DOLLARS', { amount: { amount: 1, currency: 'USD' } });
    await aDiscount('LARGE', { basisPoints: 1, minSubtotal: eur(10_001) });
    await aDiscount('OFF', { basisPoints: 1, active: false });
    const reasons = {
      SOON: 'not_yet',
      OVER: 'expired',
      DOLLARS: 'currency',
      LARGE: 'minimum',
      OFF: 'unknown',
      NO: 'unknown',
    };
    for (const [code, reason] of Object.entries(reasons)) {
      expect(await api.put(`${path}/discount`, { code })).toMatchObject(
        problem(409, 'discount_not_valid', { discountCode: code, reason }),
      );
    }
    expect((await api.get(path)).body).toMatchObject({ discount: null, version: 1 });
    expect(await api.put(`${path}/discount`, { code: 'no code' })).toMatchObject(problem(422, 'validation_failed'));
    expect(await api.put(`${path}/discount`, { code: 'OVER' }, { 'if-match': '"7"' })).toMatchObject(
      problem(412, 'stale_version'),
    );
  });

  it('that does not apply any more stays in sight, takes nothing off, and is refused by the order', async () => {
    await aDiscount('BRIEF', { basisPoints: 1_000 });
    const buyer = await Buyer.withCart(shop.api, [{ sku: mug, quantity: 1 }]);
    const path = `/v1/carts/${buyer.cartId}`;
    await buyer.api.put(`${path}/discount`, { code: 'BRIEF' });
    await shop.staff.put('/v1/admin/discounts/BRIEF', { basisPoints: 1_000, active: false });
    expect((await buyer.api.get(path)).body).toMatchObject({
      discount: { code: 'BRIEF', problem: 'discount_not_valid' },
      totals: { total: eur(10_000) },
    });
    expect(await buyer.checkout()).toMatchObject(problem(409, 'discount_not_valid', { reason: 'unknown' }));
    // A refused checkout leaves nothing to take back: the cart changes as before.
    expect((await buyer.api.delete(`${path}/discount`)).status).toBe(200);
    expect((await buyer.checkout()).status).toBe(201);
  });

  it('is that of the order, and comes with the cart of a customer who takes over another', async () => {
    await aDiscount('MINE', { basisPoints: 1_000 });
    const ada = await asCustomer(shop.api, 'ada');
    const own = await aCart(ada, [{ sku: mug, quantity: 1 }]);
    await ada.put(`${own.path}/discount`, { code: 'MINE' });
    const guest = await Buyer.withCart(shop.api, [{ sku: mug, quantity: 1 }]);
    const both = guest.api.as({ 'cart-token': guest.cartToken, ...(await customerBearer('ada')) });
    const claimed = await both.post(`/v1/carts/${guest.cartId}/claim`, undefined);
    expect(claimed.body).toMatchObject({ discount: { code: 'MINE', problem: null }, totals: { total: eur(18_000) } });
    const shippingAddress = { name: 'Ada', line1: 'Row 1', city: 'London', postalCode: 'SW1Y 4JH', country: 'GB' };
    const order = await ada.post('/v1/orders', { cartId: guest.cartId, email: 'ada@example.com', shippingAddress });
    expect(order.body).toMatchObject({ discountCode: 'MINE', totals: { discount: eur(2_000), total: eur(18_000) } });
  });
});

describe('a cart in a shop with delivery and tax', () => {
  beforeAll(async () => {
    const prices = [{ ...eur(490), freeFrom: 10_000 }];
    const ready = await Promise.all([
      shop.staff.put('/v1/admin/delivery-methods/standard', { name: 'Standard', countries: ['DE'], prices }),
      shop.staff.put('/v1/admin/delivery-methods/express', {
        name: 'Express',
        countries: ['DE'],
        prices: [eur(1_990)],
      }),
      shop.staff.put('/v1/admin/tax-rates/DE', { basisPoints: 1_900, inclusive: false }),
    ]);
    await aDiscount('LESS', { basisPoints: 1_000 });
    if (ready.some((reply) => reply.status !== 201)) throw new Error(JSON.stringify(ready));
  });

  it('shows how it can be delivered to a country, for what its goods cost', async () => {
    const { api, path } = await aMug();
    const offered = async () => (await api.get(`${path}/delivery-methods?country=DE`)).body;
    expect(await offered()).toEqual({
      required: true,
      data: [
        { id: 'express', name: 'Express', price: eur(1_990) },
        { id: 'standard', name: 'Standard', price: eur(0) },
      ],
    });
    await api.put(`${path}/discount`, { code: 'LESS' });
    expect((await offered()).data[1]).toEqual({ id: 'standard', name: 'Standard', price: eur(490) });
    expect((await api.get(`${path}/delivery-methods?country=FR`)).body).toEqual({ data: [], required: true });
    expect(await api.get(`${path}/delivery-methods?country=XX`)).toMatchObject(problem(422, 'validation_failed'));
    expect(await api.get(`${path}/delivery-methods`)).toMatchObject(problem(422, 'validation_failed'));
  });

  it('costs what the order then costs, once it is said where it goes and how', async () => {
    const buyer = await Buyer.withCart(shop.api, [{ sku: mug, quantity: 2 }]);
    const path = `/v1/carts/${buyer.cartId}`;
    expect((await buyer.api.get(path)).body).toMatchObject({ complete: false, totals: { total: eur(20_000) } });
    expect((await buyer.api.get(`${path}?country=DE`)).body).toMatchObject({
      complete: false,
      totals: { tax: eur(3_800), delivery: eur(0) },
    });
    const { body } = await buyer.api.get(`${path}?country=DE&deliveryMethod=express`);
    expect(body).toMatchObject({
      complete: true,
      totals: { delivery: eur(1_990), tax: eur(4_178), total: eur(26_168) },
    });
    const shippingAddress = { name: 'Ada', line1: 'Str. 1', city: 'Berlin', postalCode: '10115', country: 'DE' };
    const more = { shippingAddress, deliveryMethod: 'express', expectedTotal: body.totals.total };
    const order = await buyer.checkout({}, more);
    expect(order).toMatchObject({ status: 201, body: { totals: body.totals } });
  });

  it('is read with as many statements for a hundred lines as for one', async () => {
    const products = Array.from({ length: 100 }, (_, n) => ({
      sku: `MANY-${n}`,
      name: 'Many',
      price: eur(100),
      onHand: 9,
    }));
    await shop.staff.post('/v1/admin/products/import', { products });
    const statementsFor = async (lineCount: number) => {
      const items = products.slice(0, lineCount).map(({ sku }) => ({ sku, quantity: 1 }));
      const { cartId, cartToken, api } = await Buyer.withCart(shop.api, items);
      await api.put(`/v1/carts/${cartId}/discount`, { code: 'LESS' });
      return shop.transactions.run(async (tx) => {
        let statements = 0;
        const query = tx.manager.queryRunner!.query.bind(tx.manager.queryRunner);
        tx.manager.queryRunner!.query = (...args: Parameters<typeof query>) => {
          statements += 1;
          return query(...args);
        };
        const destination = { country: 'DE', deliveryMethod: 'express' };
        const buyer = { cartTokenHash: hashToken(cartToken) };
        const { items: read } = await shop.get(ReadCart).run(tx, cartId as Id<'cart'>, buyer, destination);
        expect(read).toHaveLength(lineCount);
        return statements;
      });
    };
    const one = await statementsFor(1);
    expect(await statementsFor(100)).toBe(one);
    expect(one).toBeLessThanOrEqual(7);
  });
});

it('leaves carts and orders that keep their invariants', async () => {
  expect(await shop.violations()).toEqual([]);
});
