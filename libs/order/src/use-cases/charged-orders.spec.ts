import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eur, OrderBench } from './order-bench.suite.js';
import type { Order } from '../persistence/order.entity.js';

let bench: OrderBench;
let mug: string;

beforeAll(async () => {
  bench = await OrderBench.open();
  mug = await bench.shop.aProduct({ amount: 10_000, onHand: 100_000 });
  const { staff } = bench.shop;
  const standard = {
    name: 'Standard',
    countries: ['DE', 'AT'],
    prices: [{ amount: 490, currency: 'EUR', freeFrom: 50_000 }],
  };
  const ready = await Promise.all([
    staff.put('/v1/admin/delivery-methods/standard', standard),
    staff.put('/v1/admin/delivery-methods/gone', { ...standard, active: false }),
    staff.put('/v1/admin/tax-rates/DE', { basisPoints: 1_900, inclusive: true }),
    staff.put('/v1/admin/tax-rates/AT', { basisPoints: 2_000, inclusive: false }),
    staff.put('/v1/admin/discounts/TENTH', { basisPoints: 1_000 }),
    staff.put('/v1/admin/discounts/ALL', { basisPoints: 10_000 }),
    staff.put('/v1/admin/discounts/ONCE', { amount: eur(333), usesMax: 1 }),
    staff.put('/v1/admin/discounts/LARGE', { amount: eur(1), minSubtotal: eur(20_000) }),
  ]);
  if (ready.some(({ status }) => status !== 201)) throw new Error(JSON.stringify(ready));
});

afterAll(() => bench.shop.close());

const mugs = (quantity = 1) => [{ sku: mug, quantity }];
const toAustria = { name: 'Ada', line1: 'Ring 1', city: 'Wien', postalCode: '1010', country: 'AT' };
const toFrance = { ...toAustria, city: 'Paris', postalCode: '75001', country: 'FR' };
const STANDARD = { deliveryMethod: 'standard' };

async function placed(more: object, quantity = 1): Promise<Order> {
  const [outcome] = await bench.place(await bench.aRequest(mugs(quantity), { ...STANDARD, ...more }));
  expect(outcome).toHaveProperty('result');
  return (outcome as { result: Order }).result;
}

async function refusal(more: object): Promise<any> {
  const [outcome] = await bench.place(await bench.aRequest(mugs(), more));
  return (outcome as { error: object }).error;
}

/** How many statements it takes to order a cart of so many lines, with everything that can come to its prices. */
async function statementsFor(lineCount: number, orders = 1): Promise<number> {
  const products = Array.from({ length: lineCount }, (_, n) => ({
    sku: `LINE-${n}`,
    name: 'One of many',
    price: eur(333),
    onHand: 1_000,
  }));
  await bench.shop.staff.post('/v1/admin/products/import', { products });
  const items = products.map(({ sku }) => ({ sku, quantity: 1 }));
  const more = { ...STANDARD, discountCode: 'TENTH' };
  const requests = await Promise.all(Array.from({ length: orders }, () => bench.aRequest(items, more)));
  return bench.statementsOf(async (tx) => {
    const outcomes = await bench.placeIn(tx, requests);
    for (const outcome of outcomes) {
      const { result } = outcome as { result: Order };
      expect(result.lines).toHaveLength(lineCount);
      expect(result.lines.reduce((sum, { discount }) => sum + discount, 0)).toBe(result.discount);
    }
  });
}

describe('an order', () => {
  it('has discount, delivery and the tax that is in its prices, in all and by line', async () => {
    const order = await placed({ discountCode: 'TENTH', expectedTotal: eur(9_490) });
    expect(order).toMatchObject({
      subtotal: 10_000,
      discount: 1_000,
      delivery: 490,
      tax: 0,
      includedTax: 1_515,
      deliveryTax: 78,
      total: 9_490,
      deliveryMethod: 'standard',
      deliveryMethodName: 'Standard',
      discountCode: 'TENTH',
      lines: [{ lineTotal: 10_000, discount: 1_000, tax: 1_437 }],
    });
  });

  it('has the tax on top where the country’s prices have none in them, and free delivery from its subtotal on', async () => {
    const order = await placed({ shippingAddress: toAustria }, 5);
    expect(order).toMatchObject({ subtotal: 50_000, delivery: 0, tax: 10_000, includedTax: 0, total: 60_000 });
    const discounted = await placed({ shippingAddress: toAustria, discountCode: 'TENTH' }, 5);
    expect(discounted).toMatchObject({ discount: 5_000, delivery: 490, tax: 9_098, total: 54_588 });
  });

  it('that costs nothing with its discount is paid by being placed', async () => {
    await bench.shop.staff.put('/v1/admin/delivery-methods/pickup', {
      name: 'Pick up',
      prices: [{ amount: 0, currency: 'EUR' }],
    });
    const order = await placed({ discountCode: 'ALL', deliveryMethod: 'pickup', shippingAddress: toFrance });
    expect(order).toMatchObject({ total: 0, status: 'confirmed', paymentStatus: 'paid' });
    await bench.shop.staff.put('/v1/admin/delivery-methods/pickup', {
      name: 'Pick up',
      active: false,
      prices: [{ amount: 0, currency: 'EUR' }],
    });
  });

  it('is refused with what there is, where it names no delivery method, or none of those', async () => {
    const offered = { data: { deliveryMethods: [{ id: 'standard', name: 'Standard', price: eur(490) }] } };
    expect(await refusal({})).toMatchObject({ code: 'delivery_method_required', ...offered });
    expect(await refusal({ deliveryMethod: 'gone' })).toMatchObject({
      code: 'delivery_method_unavailable',
      ...offered,
    });
    expect(await refusal({ ...STANDARD, shippingAddress: toFrance })).toMatchObject({
      code: 'country_not_served',
      data: { country: 'FR' },
    });
  });

  it('is refused where its code does not apply, or its total with everything is another one', async () => {
    expect(await refusal({ ...STANDARD, discountCode: 'NONE' })).toMatchObject({
      code: 'discount_not_valid',
      data: { discountCode: 'NONE', reason: 'unknown' },
    });
    expect(await refusal({ ...STANDARD, discountCode: 'LARGE' })).toMatchObject({
      data: { reason: 'minimum', minSubtotal: eur(20_000) },
    });
    expect(await refusal({ ...STANDARD, expectedTotal: eur(10_000) })).toMatchObject({
      code: 'total_changed',
      data: { totals: { delivery: eur(490), total: eur(10_490) } },
    });
  });
});

describe('a discount whose stock is short', () => {
  it('is left to the next order of the same list', async () => {
    const rare = await bench.shop.aProduct({ amount: 10_000, onHand: 0 });
    const more = { ...STANDARD, discountCode: 'ONCE' };
    const outcomes = await bench.place(await bench.aRequest([{ sku: rare, quantity: 1 }], more));
    expect(outcomes).toMatchObject([{ error: { code: 'insufficient_stock' } }]);
    const [first, second] = await bench.place(await bench.aRequest(mugs(), more), await bench.aRequest(mugs(), more));
    expect(first).toMatchObject({ result: { discount: 333 } });
    expect(second).toMatchObject({ error: { code: 'discount_exhausted', data: { discountCode: 'ONCE' } } });
  });
});

describe('a cart of a hundred lines', () => {
  it('is ordered with as many statements as one line, and thirty orders with as many as one', async () => {
    const one = await statementsFor(1);
    expect(await statementsFor(100)).toBe(one);
    expect(await statementsFor(1, 30)).toBe(one);
    expect(one).toBeLessThanOrEqual(15);
  });
});

it('leaves orders, discounts and stock that keep their invariants', async () => {
  expect(await bench.shop.violations()).toEqual([]);
});
