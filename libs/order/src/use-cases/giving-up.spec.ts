import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Config } from '#config';
import { newId } from '#kernel';
import { CancelOrder } from './cancel-order.js';
import { CancelVoided } from './cancel-voided.js';
import { GiveUpOrder } from './give-up-order.js';
import { HoldOrder } from './hold-order.js';
import { buyerOf, type OrderBench } from './order-bench.suite.js';
import { ASKED, PaidOrders, refusal } from './paid-orders.suite.js';

let paid: PaidOrders;
let bench: OrderBench;

beforeAll(async () => {
  paid = await PaidOrders.open();
  ({ bench } = paid);
});

afterAll(() => paid?.close());

describe('a paid order that its buyer cancels', () => {
  it('frees its stock at once, has its money given back, and is cancelled when that is done', async () => {
    const { sku, order, paymentId } = await paid.aPaidOrder();
    expect(await bench.cancel(order)).toMatchObject({ status: 'cancelling', paymentStatus: 'paid' });
    expect(await bench.level(sku)).toEqual({ onHand: 2, reserved: 0 });
    expect(await paid.refundsOf(order)).toEqual([ASKED]);
    await paid.refunded(order, paymentId, 2_000);
    expect(await paid.statesOf(order)).toBe('cancelled refunded unfulfilled');
    expect((await bench.events(order.id)).slice(2)).toEqual(['3 order.cancelling.v1', '4 order.cancelled.v1']);
  });

  it('is refused where the shop does not let buyers, when a part has left, and on hold', async () => {
    const [first, second, third] = [await paid.aPaidOrder(), await paid.aPaidOrder(), await paid.aPaidOrder()];
    const changed = { BUYER_CANCEL_AFTER_PAYMENT: { value: 'no' } };
    const settings = Object.create(bench.shop.get(Config), changed) as Config;
    const strict = new CancelOrder(bench.shop.get(GiveUpOrder), settings);
    const { order } = first;
    const cancellation = { orderId: order.id, buyer: buyerOf(order), actor: 'guest', expected: undefined };
    await expect(bench.run((tx) => strict.runOne(tx, cancellation))).rejects.toMatchObject(refusal);
    await paid.ship(second.order, false);
    await expect(bench.cancel(second.order)).rejects.toMatchObject({
      code: 'invalid_transition',
      data: { fulfilmentStatus: 'partially_fulfilled' },
    });
    await expect(paid.cancelByStaff(second.order)).rejects.toMatchObject(refusal);
    await paid.decide(HoldOrder, third.order);
    await expect(bench.cancel(third.order)).rejects.toMatchObject(refusal);
    expect(await paid.cancelByStaff(third.order)).toMatchObject({ status: 'cancelling' });
  });

  it('and that costs nothing, or whose money is all given back, is cancelled at once', async () => {
    const free = await bench.anOrder([{ sku: await bench.shop.aProduct({ amount: 0, onHand: 1 }), quantity: 1 }]);
    expect(await bench.cancel(free)).toMatchObject({ status: 'cancelled' });
    const { order, paymentId } = await paid.aPaidOrder();
    await paid.refunded(order, paymentId, 2_000);
    expect(await paid.cancelByStaff(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
    expect(await paid.refundsOf(order)).toEqual([]);
  });

  it('and of which a part was given back gets the rest', async () => {
    const { order, paymentId } = await paid.aPaidOrder();
    await bench.shop.rows(
      `INSERT INTO payment.refunds (id, payment_id, order_id, status, amount, currency, cause, reason, requested_by)
       VALUES ($1, $2, $3, 'succeeded', 500, 'EUR', 'staff', 'a scratch', 'staff:1')`,
      [newId('rfd'), paymentId, order.id],
    );
    await paid.refunded(order, paymentId, 500);
    await bench.cancel(order);
    expect((await paid.refundsOf(order)).at(-1)).toEqual({ ...ASKED, amount: 1_500 });
  });

  it('is refused while a bank asks for its money', async () => {
    const { order } = await paid.aPaidOrder();
    await bench.shop.rows(`UPDATE orders.orders SET payment_status = 'disputed' WHERE id = $1`, [order.id]);
    await expect(paid.cancelByStaff(order)).rejects.toMatchObject({
      data: { paymentStatus: 'disputed', to: 'cancelled' },
    });
    await bench.shop.rows(`UPDATE orders.orders SET payment_status = 'paid' WHERE id = $1`, [order.id]);
  });
});

describe('promised money of an order that is cancelled', () => {
  it('is given up, and the order cancelled then', async () => {
    const { order, paymentId } = await paid.aPaidOrder('authorized');
    await bench.cancel(order);
    const [attempt] = await bench.shop.rows('SELECT requested_action FROM payment.attempts WHERE id = $1', [paymentId]);
    expect(attempt).toEqual({ requested_action: 'void' });
    await bench.run((tx) => bench.shop.get(CancelVoided).run(tx, [{ orderId: order.id, paymentId }]));
    expect(await paid.statesOf(order)).toBe('cancelled none unfulfilled');
  });

  it('and was captured meanwhile, is given back', async () => {
    const { order, capture } = await paid.aPaidOrder('authorized');
    await bench.cancel(order);
    expect(await bench.confirm(capture)).toEqual([{ giveBack: 'order_ended' }]);
    expect(await paid.statesOf(order)).toBe('cancelling paid unfulfilled');
    await paid.refunded(order, capture.paymentId, 2_000);
    expect(await paid.statesOf(order)).toBe('cancelled refunded unfulfilled');
  });
});

describe('an order that stays cancelling', () => {
  it('is looked at again until it is cancelled', async () => {
    const { order, paymentId } = await paid.aPaidOrder();
    await bench.cancel(order);
    expect(await paid.dueOf(order)).toHaveLength(1);
    await paid.refunded(order, paymentId, 2_000);
    expect(await paid.dueOf(order)).toEqual([]);
  });

  it('has its money asked for once, also by several who look at once', async () => {
    const { order } = await paid.aPaidOrder();
    await bench.cancel(order);
    await bench.shop.rows('DELETE FROM payment.refunds WHERE order_id = $1', [order.id]);
    await Promise.all([paid.finish(order), paid.finish(order), paid.finish(order)]);
    expect(await paid.refundsOf(order)).toEqual([ASKED]);
    expect(await paid.dueOf(order)).toHaveLength(1);
  });

  it('because its refund was refused waits for a person, and nothing else is asked for', async () => {
    const { order } = await paid.aPaidOrder();
    await bench.cancel(order);
    await paid.settleRefunds(order, 'failed');
    await paid.finish(order);
    expect(await paid.refundsOf(order)).toEqual([{ ...ASKED, status: 'failed' }]);
    expect(await paid.statesOf(order)).toBe('cancelling paid unfulfilled');
  });

  it('although its money is given back is cancelled, once', async () => {
    const { order } = await paid.aPaidOrder();
    await bench.cancel(order);
    await paid.settleRefunds(order, 'succeeded');
    const finished = await Promise.all([paid.finish(order), paid.finish(order), paid.finish(order)]);
    expect(finished.flat()).toEqual([order.id]);
    expect(await paid.statesOf(order)).toBe('cancelled refunded unfulfilled');
  });
});

describe('who comes at the same time as a cancellation', () => {
  it('to cancel, too: one does it, the other is refused', async () => {
    const { order } = await paid.aPaidOrder();
    const results = await Promise.allSettled([paid.cancelByStaff(order), bench.cancel(order)]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await paid.refundsOf(order)).toEqual([ASKED]);
  });

  it('to ship: the goods leave or the money goes back, never both', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { order } = await paid.aPaidOrder();
      const [cancelled, shipped] = await Promise.allSettled([bench.cancel(order), paid.ship(order, true)]);
      expect([cancelled.status, shipped.status].toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(await paid.statesOf(order)).toBe(
        shipped.status === 'fulfilled' ? 'shipped paid fulfilled' : 'cancelling paid unfulfilled',
      );
    }
  });

  it('with a capture: the money is given back', async () => {
    const { order, capture } = await paid.aPaidOrder('authorized');
    await Promise.all([bench.cancel(order), bench.confirm(capture)]);
    expect(await paid.statesOf(order)).toBe('cancelling paid unfulfilled');
  });

  it('with a refund of all by staff: nothing is given back twice', async () => {
    const { order, paymentId } = await paid.aPaidOrder();
    await bench.shop.rows(
      `INSERT INTO payment.refunds (id, payment_id, order_id, status, amount, currency, cause, reason, requested_by)
       VALUES ($1, $2, $3, 'submitted', 2000, 'EUR', 'staff', 'a scratch', 'staff:1')`,
      [newId('rfd'), paymentId, order.id],
    );
    await Promise.all([bench.cancel(order), paid.refunded(order, paymentId, 2_000)]);
    expect(await paid.refundsOf(order)).toHaveLength(1);
    expect(await paid.statesOf(order)).toBe('cancelled refunded unfulfilled');
  });
});
