import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eur, OrderBench } from './order-bench.suite.js';
import type { Order } from '../persistence/order.entity.js';

let bench: OrderBench;
let mug: string;

beforeAll(async () => {
  bench = await OrderBench.open();
  mug = await bench.shop.aProduct({ amount: 1_250, onHand: 100_000 });
});

afterAll(() => bench.shop.close());

const mugs = (quantity = 1) => [{ sku: mug, quantity }];
const codes = (outcomes: readonly object[]) =>
  outcomes.map((outcome) => ('error' in outcome ? (outcome.error as { code: string }).code : 'placed'));

/** How many statements it takes to place this many orders of one list. */
const statementsFor = async (count: number) => {
  const requests = await Promise.all(Array.from({ length: count }, () => bench.aRequest(mugs())));
  return bench.statementsOf(async (tx) => {
    const outcomes = await bench.placeIn(tx, requests);
    expect(codes(outcomes)).toEqual(requests.map(() => 'placed'));
  });
};

describe('an order with the total 0', () => {
  it('is confirmed and paid by being placed, beside others that are not, and needs no provider', async () => {
    const gift = await bench.shop.aProduct({ amount: 0, onHand: 5 });
    const [free, other] = await bench.place(
      await bench.aRequest([{ sku: gift, quantity: 2 }], { expectedTotal: eur(0) }),
      await bench.aRequest(mugs()),
    );
    const { result: order } = free as { result: Order };
    expect(order).toMatchObject({
      status: 'confirmed',
      paymentStatus: 'paid',
      total: 0,
      paymentId: null,
      lastSequence: 2,
    });
    expect(order.confirmedAt).toBeInstanceOf(Date);
    expect(order.lines).toMatchObject([{ sku: gift, quantity: 2 }]);
    expect(other).toMatchObject({ result: { status: 'pending_payment' } });
    const published = 'SELECT type FROM messaging.outbox WHERE subject = $1 AND source = $2 ORDER BY sequence';
    expect(await bench.shop.rows(published, [order.id, 'order'])).toEqual([
      { type: 'order.placed.v1' },
      { type: 'order.confirmed.v1' },
    ]);
    await expect(bench.startPayment(order)).rejects.toMatchObject({ code: 'already_paid' });
    expect(await bench.shop.violations()).toEqual([]);
  });
});

describe('placing orders', () => {
  it('keeps what the cart had, at the prices of that moment, and holds its stock', async () => {
    const pen = await bench.shop.aProduct({ amount: 300, onHand: 7 });
    const request = await bench.aRequest([{ sku: pen, quantity: 2 }, ...mugs(3)], {
      deliveryMethod: 'standard',
      expectedTotal: eur(4_350),
    });
    const [outcome] = await bench.place(request);
    const { result: order } = outcome as { result: Order };
    expect(order).toMatchObject({
      number: expect.stringMatching(/^\d{6,}$/),
      cartId: request.cartId,
      status: 'pending_payment',
      paymentStatus: 'none',
      fulfilmentStatus: 'unfulfilled',
      subtotal: 4_350,
      total: 4_350,
      deliveryMethod: 'standard',
      billingAddress: null,
      version: 1,
      lines: [
        { position: 1, sku: pen, name: `Product ${pen}`, unitPrice: 300, quantity: 2, lineTotal: 600 },
        { position: 2, sku: mug, unitPrice: 1_250, quantity: 3, lineTotal: 3_750 },
      ],
    });
    expect(order.reservationExpiresAt.getTime()).toBeGreaterThan(order.placedAt.getTime());
    expect(await bench.level(pen)).toEqual({ onHand: 7, reserved: 2 });
    expect(await bench.history(order.id)).toEqual(['1 order.placed null>pending_payment null>none']);
    expect(await bench.events(order.id)).toEqual(['1 order.placed.v1']);
    const [cart] = await bench.shop.rows('SELECT status, order_id FROM cart.carts WHERE id = $1', [request.cartId]);
    expect(cart).toEqual({ status: 'ordered', order_id: order.id });
  });

  it('decides each request of a list by itself, an earlier one first, and gives the outcomes in their order', async () => {
    const [rare, limited, gone] = await Promise.all([
      bench.shop.aProduct({ amount: 100, onHand: 3 }),
      bench.shop.aProduct({ amount: 100, maxPerOrder: 5 }),
      bench.shop.aProduct(),
    ]);
    const first = await bench.aRequest([{ sku: rare, quantity: 2 }]);
    const goneRequest = await bench.aRequest([{ sku: gone, quantity: 1 }]);
    const limitedRequest = await bench.aRequest([{ sku: limited, quantity: 5 }]);
    const price = { amount: 100, currency: 'EUR' };
    await bench.shop.putProduct({ sku: gone, name: 'Gone', price, active: false });
    await bench.shop.putProduct({ sku: limited, name: 'Rarer now', price, maxPerOrder: 4 });
    const outcomes = await bench.place(
      first,
      await bench.aRequest([{ sku: rare, quantity: 2 }]),
      await bench.aRequest([]),
      goneRequest,
      limitedRequest,
      await bench.aRequest(mugs(), { expectedTotal: eur(1) }),
      await bench.aRequest(mugs(), { buyer: { cartTokenHash: 'another' } }),
      { ...first },
      await bench.aRequest([{ sku: rare, quantity: 1 }]),
    );
    expect(codes(outcomes)).toEqual([
      'placed',
      'insufficient_stock',
      'cart_empty',
      'insufficient_stock',
      'quantity_limit',
      'total_changed',
      'cart_not_found',
      'cart_already_ordered',
      'placed',
    ]);
    expect(outcomes[1]).toMatchObject({ error: { data: { items: [{ sku: rare, requested: 2, available: 1 }] } } });
    expect(outcomes[3]).toMatchObject({ error: { data: { items: [{ sku: gone, requested: 1, available: 0 }] } } });
    expect(outcomes[4]).toMatchObject({ error: { data: { items: [{ sku: limited, requested: 5, limit: 4 }] } } });
    const { result: order } = outcomes[0] as { result: Order };
    expect(outcomes[7]).toMatchObject({ error: { data: { orderId: order.id } } });
    expect(await bench.level(rare)).toEqual({ onHand: 3, reserved: 3 });
  });

  it('costs as many statements for thirty orders as for one', async () => {
    const one = await statementsFor(1);
    expect(await statementsFor(30)).toBe(one);
    expect(one).toBeLessThanOrEqual(12);
  });

  it('makes one order of a cart however many try at once', async () => {
    const request = await bench.aRequest(mugs());
    const outcomes = (await Promise.all(Array.from({ length: 10 }, () => bench.place(request)))).flat();
    expect(codes(outcomes).toSorted()).toEqual([...Array.from({ length: 9 }, () => 'cart_already_ordered'), 'placed']);
  });

  it('sells exactly what is there to crossed baskets that are ordered at once', async () => {
    const [left, right] = [await bench.shop.aProduct({ onHand: 10 }), await bench.shop.aProduct({ onHand: 10 })];
    const requests = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        bench.aRequest((n % 2 ? [left, right] : [right, left]).map((sku) => ({ sku, quantity: 1 }))),
      ),
    );
    const outcomes = (await Promise.all(requests.map((request) => bench.place(request)))).flat();
    expect(codes(outcomes).filter((code) => code === 'placed')).toHaveLength(10);
    expect(await bench.level(left)).toEqual({ onHand: 10, reserved: 10 });
    expect(await bench.level(right)).toEqual({ onHand: 10, reserved: 10 });
  });
});

it('leaves orders, stock and carts that keep their invariants', async () => {
  expect(await bench.shop.violations()).toEqual([]);
});
