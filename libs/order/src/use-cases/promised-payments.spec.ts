import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Id, Money } from '#kernel';
import type { Capture } from '../domain/capture.js';
import type { Order } from '../persistence/order.entity.js';
import { CancelVoided } from './cancel-voided.js';
import { ConfirmAuthorized } from './confirm-authorized.js';
import { eur, OrderBench } from './order-bench.suite.js';

let bench: OrderBench;

beforeAll(async () => {
  bench = await OrderBench.open();
});

afterAll(() => bench.shop.close());

const authorize = async (capture: Capture) =>
  (await bench.run((tx) => bench.shop.get(ConfirmAuthorized).run(tx, [capture])))[0];

const giveUp = (orderId: Id<'order'>, paymentId: Id<'pay'>) =>
  bench.run((tx) => bench.shop.get(CancelVoided).run(tx, [{ orderId, paymentId }]));

const statesOf = async ({ id }: Order) => {
  const { status, payment_status: payment } = await bench.now(id);
  return `${status} ${payment}`;
};

/** An order of 20.00 EUR, the last of its stock, for which this much is promised. */
async function promised(amount: Money) {
  const sku = await bench.shop.aProduct({ amount: 1_000, onHand: 2 });
  const order = await bench.anOrder([{ sku, quantity: 2 }]);
  await bench.startPayment(order);
  const capture = bench.captureOf(order, { amount });
  return { sku, order, capture, cause: await authorize(capture) };
}

describe('promised money', () => {
  it('confirms its order, which is paid when the money is captured', async () => {
    const { order, capture, cause } = await promised(eur(2_000));
    expect([cause, await statesOf(order)]).toEqual([undefined, 'confirmed authorized']);
    expect(await authorize(capture)).toBeUndefined();
    expect(await bench.confirm(capture)).toEqual(['confirmed']);
    expect(await bench.confirm(capture)).toEqual(['confirmed']);
    expect(await statesOf(order)).toBe('confirmed paid');
    expect((await bench.events(order.id)).slice(2)).toEqual(['3 order.confirmed.v1', '4 order.paid.v1']);
  });

  it('of which less or more is captured: the order is partially paid, or the difference goes back', async () => {
    const [short, over] = [await promised(eur(2_000)), await promised(eur(2_000))];
    expect(await bench.confirm({ ...short.capture, amount: eur(1_500) })).toEqual(['confirmed']);
    expect(await statesOf(short.order)).toBe('confirmed partially_paid');
    expect(await bench.confirm({ ...over.capture, amount: eur(2_100) })).toEqual([
      { giveBack: 'overpaid', amount: eur(100) },
    ]);
    expect(await statesOf(over.order)).toBe('confirmed paid');
  });

  it('that is too little is given up, and the order can be paid otherwise', async () => {
    const { order, cause } = await promised(eur(1_999));
    expect([cause, await statesOf(order)]).toEqual(['short_payment', 'pending_payment none']);
  });

  it('for an order that is cancelled, or confirmed by another payment, is given up', async () => {
    const sku = await bench.shop.aProduct({ amount: 1_000, onHand: 9 });
    const cancelled = await bench.anOrder([{ sku, quantity: 2 }]);
    await bench.cancel(cancelled);
    expect(await authorize(bench.captureOf(cancelled))).toBe('order_ended');
    const { order } = await promised(eur(2_000));
    expect(await authorize(bench.captureOf(order))).toBe('second_payment');
  });

  it('that is given up cancels the order and frees its stock, once', async () => {
    const { sku, order, capture } = await promised(eur(2_000));
    await giveUp(order.id, capture.paymentId);
    await giveUp(order.id, capture.paymentId);
    expect(await statesOf(order)).toBe('cancelled none');
    expect(await bench.level(sku)).toEqual({ onHand: 2, reserved: 0 });
  });

  it('that is captured after it was given up is given back: its order has no goods any more', async () => {
    const { order, capture } = await promised(eur(2_000));
    await giveUp(order.id, capture.paymentId);
    expect(await bench.confirm(capture)).toEqual([{ giveBack: 'order_ended' }]);
    expect(await statesOf(order)).toBe('cancelled none');
  });

  it('that is given up after it was captured changes nothing', async () => {
    const { order, capture } = await promised(eur(2_000));
    await bench.confirm(capture);
    await giveUp(order.id, capture.paymentId);
    expect(await statesOf(order)).toBe('confirmed paid');
  });

  it('leaves the invariants of orders and stock as they were', async () => {
    expect(await bench.shop.violations()).toEqual([]);
  });
});
