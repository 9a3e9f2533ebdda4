import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OrderFulfilments } from '#contracts';
import { newId, type Id } from '#kernel';
import type { Order } from '../persistence/order.entity.js';
import { ConfirmAuthorized } from '../use-cases/confirm-authorized.js';
import { NoteRefunds } from '../use-cases/note-refunds.js';
import { eur, OrderBench } from '../use-cases/order-bench.suite.js';

let bench: OrderBench;
let mug: string;
let pen: string;

beforeAll(async () => {
  bench = await OrderBench.open();
  [mug, pen] = [
    await bench.shop.aProduct({ amount: 1_000, onHand: 1_000 }),
    await bench.shop.aProduct({ amount: 200, onHand: 1_000 }),
  ];
});

afterAll(() => bench.shop.close());

const ACTOR = 'staff:1';

/** Confirmed: 2 mugs and a pen. */
async function aPaidOrder() {
  const order = await bench.anOrder([
    { sku: mug, quantity: 2 },
    { sku: pen, quantity: 1 },
  ]);
  const capture = bench.captureOf(order);
  await bench.confirm(capture);
  return { order, orderId: order.id, paymentId: capture.paymentId };
}

const port = () => bench.shop.get(OrderFulfilments);
const lockToShip = (orderId: Id<'order'>, version?: number) =>
  bench.run((tx) => port().lockToShip(tx, orderId, version === undefined ? undefined : [version]));
const lockToReturn = (orderId: Id<'order'>) => bench.run((tx) => port().lockToReturn(tx, orderId));

const ship = (orderId: Id<'order'>, complete: boolean) =>
  bench.run(async (tx) => {
    await port().lockToShip(tx, orderId);
    await port().shipped(tx, { orderId, actor: ACTOR, complete, shipmentId: newId('shp') });
  });
const deliver = (orderId: Id<'order'>, complete: boolean) =>
  bench.run((tx) => port().delivered(tx, { orderId, actor: ACTOR, complete, shipmentId: newId('shp') }));
const takeBack = (orderId: Id<'order'>, complete: boolean) =>
  bench.run(async (tx) => {
    await port().lockToReturn(tx, orderId);
    await port().returned(tx, { orderId, actor: ACTOR, complete, returnId: newId('ret') });
  });

const refund = (order: Order, paymentId: Id<'pay'>, refundedTotal: number) =>
  bench.run((tx) =>
    bench.shop.get(NoteRefunds).run(tx, [
      {
        refundId: newId('rfd'),
        orderId: order.id,
        paymentId,
        amount: eur(refundedTotal),
        refundedTotal: eur(refundedTotal),
        remaining: eur(order.total - refundedTotal),
      },
    ]),
  );

const statesOf = async (orderId: Id<'order'>) => {
  const row = await bench.now(orderId);
  return `${row['status']} ${row['payment_status']} ${row['fulfilment_status']}`;
};

describe('goods of an order', () => {
  it('leave, arrive and come back in parts, each with one fact and one event', async () => {
    const { orderId } = await aPaidOrder();
    await ship(orderId, false);
    expect(await statesOf(orderId)).toBe('confirmed paid partially_fulfilled');
    await ship(orderId, false);
    await deliver(orderId, false);
    await ship(orderId, true);
    expect(await statesOf(orderId)).toBe('shipped paid fulfilled');
    await deliver(orderId, true);
    expect(await statesOf(orderId)).toBe('delivered paid fulfilled');
    await takeBack(orderId, false);
    await takeBack(orderId, true);
    expect(await statesOf(orderId)).toBe('delivered paid returned');
    expect((await bench.events(orderId)).slice(2)).toEqual([
      '3 order.partially_shipped.v1',
      '4 order.partially_shipped.v1',
      '5 order.partially_delivered.v1',
      '6 order.shipped.v1',
      '7 order.delivered.v1',
      '8 order.partially_returned.v1',
      '9 order.returned.v1',
    ]);
  });

  it('that have all come back leave room for the rest of a partly shipped order', async () => {
    const { orderId } = await aPaidOrder();
    await ship(orderId, false);
    await takeBack(orderId, true);
    expect(await statesOf(orderId)).toBe('confirmed paid returned');
    await ship(orderId, true);
    expect(await statesOf(orderId)).toBe('shipped paid fulfilled');
  });

  it('are named with each SKU once and the total, for whoever ships or takes back', async () => {
    const { orderId } = await aPaidOrder();
    const lines = [
      { sku: mug, quantity: 2, lineTotal: 2_000 },
      { sku: pen, quantity: 1, lineTotal: 200 },
    ];
    expect(await lockToShip(orderId)).toEqual({ orderId, currency: 'EUR', total: 2_200, lines });
    await ship(orderId, true);
    expect(await lockToReturn(orderId)).toEqual({ orderId, currency: 'EUR', total: 2_200, lines });
  });

  it('may not leave before the order is paid, after it has ended, once all have left, or for another version', async () => {
    const waiting = await bench.anOrder([{ sku: mug, quantity: 1 }]);
    await expect(lockToShip(waiting.id)).rejects.toMatchObject({
      code: 'invalid_transition',
      data: { from: 'pending_payment', to: 'shipped', paymentStatus: 'none', fulfilmentStatus: 'unfulfilled' },
    });
    await bench.cancel(waiting);
    await expect(lockToShip(waiting.id)).rejects.toMatchObject({ code: 'invalid_transition' });
    const { orderId } = await aPaidOrder();
    await expect(lockToShip(orderId, 1)).rejects.toMatchObject({ code: 'stale_version' });
    await ship(orderId, true);
    await expect(lockToShip(orderId)).rejects.toMatchObject({ code: 'invalid_transition', data: { from: 'shipped' } });
    await expect(lockToShip(newId('order'))).rejects.toMatchObject({ code: 'order_not_found' });
  });

  it('may leave for money that is promised or partly given back, and not for money that is all given back', async () => {
    const promised = await bench.anOrder([{ sku: mug, quantity: 1 }]);
    await bench.run((tx) => bench.shop.get(ConfirmAuthorized).run(tx, [bench.captureOf(promised)]));
    await ship(promised.id, true);
    expect(await statesOf(promised.id)).toBe('shipped authorized fulfilled');
    const { order, orderId, paymentId } = await aPaidOrder();
    await refund(order, paymentId, 500);
    await lockToShip(orderId);
    await refund(order, paymentId, 2_200);
    await expect(lockToShip(orderId)).rejects.toMatchObject({
      code: 'invalid_transition',
      data: { from: 'confirmed', paymentStatus: 'refunded' },
    });
  });

  it('cannot come back or arrive before they have left', async () => {
    const { orderId } = await aPaidOrder();
    await expect(lockToReturn(orderId)).rejects.toMatchObject({ code: 'invalid_transition', data: { to: 'returned' } });
    await expect(deliver(orderId, true)).rejects.toMatchObject({ code: 'invalid_transition' });
    await expect(deliver(orderId, false)).rejects.toMatchObject({ code: 'invalid_transition' });
  });
});

describe('money of an order whose goods have left', () => {
  it('is captured and given back without moving the goods', async () => {
    const order = await bench.anOrder([{ sku: mug, quantity: 1 }]);
    const capture = bench.captureOf(order);
    await bench.run((tx) => bench.shop.get(ConfirmAuthorized).run(tx, [capture]));
    await ship(order.id, true);
    expect(await bench.confirm(capture)).toEqual(['confirmed']);
    expect(await statesOf(order.id)).toBe('shipped paid fulfilled');
    await refund(order, capture.paymentId, 400);
    expect(await statesOf(order.id)).toBe('shipped partially_refunded fulfilled');
    await deliver(order.id, true);
    await refund(order, capture.paymentId, 1_000);
    expect(await statesOf(order.id)).toBe('delivered refunded fulfilled');
  });
});

it('leaves the invariants of orders as they were', async () => {
  expect(await bench.shop.violations()).toEqual([]);
});
