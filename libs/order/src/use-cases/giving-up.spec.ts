import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Config } from '#config';
import { OrderFulfilments } from '#contracts';
import { newId, type Id } from '#kernel';
import { newTrace, runInTrace } from '#observability';
import type { Order } from '../persistence/order.entity.js';
import { CancelOrder } from './cancel-order.js';
import { CancelVoided } from './cancel-voided.js';
import { ConfirmAuthorized } from './confirm-authorized.js';
import { FinishCancelling } from './finish-cancelling.js';
import { GiveUpOrder } from './give-up-order.js';
import { HoldOrder } from './hold-order.js';
import { NoteRefunds } from './note-refunds.js';
import { buyerOf, eur, OrderBench } from './order-bench.suite.js';
import { ReleaseOrder } from './release-order.js';

let bench: OrderBench;

beforeAll(async () => {
  bench = await OrderBench.open();
});

afterAll(() => bench.shop.close());

const STAFF = { actor: 'staff:1', anyBuyer: true } as const;

/** What the payment module knows of the money. */
const anAttempt = (orderId: Id<'order'>, paymentId: Id<'pay'>, status: 'captured' | 'authorized') => {
  const taken = status === 'captured' ? ["2000, 'EUR'", 'NULL, NULL'] : ['NULL, NULL', "2000, 'EUR'"];
  return bench.shop.rows(
    `INSERT INTO payment.attempts (id, order_id, status, amount, currency, method, provider, provider_reference, capture, version,
       captured_amount, captured_currency, authorized_amount, authorized_currency, last_sequence)
     VALUES ($1, $2, '${status}', 2000, 'EUR', 'card', 'sandbox', $1, 'manual', 2, ${taken.join(', ')}, 1)`,
    [paymentId, orderId],
  );
};

/** An order of 20.00 EUR, the last of its stock. */
async function aPaidOrder(status: 'captured' | 'authorized' = 'captured') {
  const sku = await bench.shop.aProduct({ amount: 1_000, onHand: 2 });
  const order = await bench.anOrder([{ sku, quantity: 2 }]);
  const capture = bench.captureOf(order);
  const { paymentId } = capture;
  await anAttempt(order.id, paymentId, status);
  if (status === 'captured') await bench.confirm(capture);
  else await bench.run((tx) => bench.shop.get(ConfirmAuthorized).run(tx, [capture]));
  return { sku, order, capture, paymentId };
}

const cancelByStaff = ({ id: orderId }: Order) => {
  const cancellation = { orderId, buyer: STAFF, actor: STAFF.actor, expected: undefined, reason: 'no such address' };
  return bench.run((tx) => bench.shop.get(CancelOrder).runOne(tx, cancellation));
};

const decide = (useCase: typeof HoldOrder | typeof ReleaseOrder, { id: orderId }: Order) => {
  const decision = { orderId, reason: 'checked', expected: undefined, staff: STAFF };
  const command = useCase === HoldOrder ? bench.shop.get(HoldOrder) : bench.shop.get(ReleaseOrder);
  return bench.run((tx) => command.runOne(tx, decision));
};

const ship = ({ id: orderId }: Order, complete: boolean) =>
  bench.run(async (tx) => {
    await bench.shop.get(OrderFulfilments).lockToShip(tx, orderId);
    const change = { orderId, actor: 'staff:1', complete, shipmentId: newId('shp') };
    await bench.shop.get(OrderFulfilments).shipped(tx, change);
  });

const refunded = ({ id: orderId }: Order, paymentId: Id<'pay'>, total: number) => {
  const money = { amount: eur(total), refundedTotal: eur(total), remaining: eur(2_000 - total) };
  return bench.run((tx) =>
    bench.shop.get(NoteRefunds).run(tx, [{ refundId: newId('rfd'), orderId, paymentId, ...money }]),
  );
};

const finish = ({ id }: Order) => bench.run((tx) => bench.shop.get(FinishCancelling).run(tx, [id]));

const refundsOf = ({ id }: Order) =>
  bench.shop.rows('SELECT status, cause, reason, amount::int FROM payment.refunds WHERE order_id = $1 ORDER BY id', [
    id,
  ]);

const settleRefunds = ({ id }: Order, status: string) =>
  bench.shop.rows('UPDATE payment.refunds SET status = $2 WHERE order_id = $1', [id, status]);

const statesOf = async ({ id }: Order) => {
  const { status, payment_status: payment, fulfilment_status: goods } = await bench.now(id);
  return `${status} ${payment} ${goods}`;
};

const refusal = { code: 'invalid_transition' };
const ASKED = { status: 'requested', cause: 'cancelled', reason: 'cancelled', amount: 2_000 };

describe('a paid order that its buyer cancels', () => {
  it('frees its stock at once, has its money given back, and is cancelled when that is done', async () => {
    const { sku, order, paymentId } = await aPaidOrder();
    expect(await bench.cancel(order)).toMatchObject({ status: 'cancelling', paymentStatus: 'paid' });
    expect(await bench.level(sku)).toEqual({ onHand: 2, reserved: 0 });
    expect(await refundsOf(order)).toEqual([ASKED]);
    await refunded(order, paymentId, 2_000);
    expect(await statesOf(order)).toBe('cancelled refunded unfulfilled');
    expect((await bench.events(order.id)).slice(2)).toEqual(['3 order.cancelling.v1', '4 order.cancelled.v1']);
  });

  it('is refused where the shop does not let buyers, when a part has left, and on hold', async () => {
    const [first, second, third] = [await aPaidOrder(), await aPaidOrder(), await aPaidOrder()];
    const settings = { ...bench.shop.get(Config), BUYER_CANCEL_AFTER_PAYMENT: 'no' } as Config;
    const strict = new CancelOrder(bench.shop.get(GiveUpOrder), settings);
    const { order } = first;
    const cancellation = { orderId: order.id, buyer: buyerOf(order), actor: 'guest', expected: undefined };
    await expect(bench.run((tx) => strict.runOne(tx, cancellation))).rejects.toMatchObject(refusal);
    await ship(second.order, false);
    await expect(bench.cancel(second.order)).rejects.toMatchObject({
      code: 'invalid_transition',
      data: { fulfilmentStatus: 'partially_fulfilled' },
    });
    await expect(cancelByStaff(second.order)).rejects.toMatchObject(refusal);
    await decide(HoldOrder, third.order);
    await expect(bench.cancel(third.order)).rejects.toMatchObject(refusal);
    expect(await cancelByStaff(third.order)).toMatchObject({ status: 'cancelling' });
  });

  it('and that costs nothing, or whose money is all given back, is cancelled at once', async () => {
    const free = await bench.anOrder([{ sku: await bench.shop.aProduct({ amount: 0, onHand: 1 }), quantity: 1 }]);
    expect(await bench.cancel(free)).toMatchObject({ status: 'cancelled' });
    const { order, paymentId } = await aPaidOrder();
    await refunded(order, paymentId, 2_000);
    expect(await cancelByStaff(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
    expect(await refundsOf(order)).toEqual([]);
  });

  it('and of which a part was given back gets the rest', async () => {
    const { order, paymentId } = await aPaidOrder();
    await bench.shop.rows(
      `INSERT INTO payment.refunds (id, payment_id, order_id, status, amount, currency, cause, reason, requested_by)
       VALUES ($1, $2, $3, 'succeeded', 500, 'EUR', 'staff', 'a scratch', 'staff:1')`,
      [newId('rfd'), paymentId, order.id],
    );
    await refunded(order, paymentId, 500);
    await bench.cancel(order);
    expect((await refundsOf(order)).at(-1)).toEqual({ ...ASKED, amount: 1_500 });
  });

  it('is refused while a bank asks for its money', async () => {
    const { order } = await aPaidOrder();
    await bench.shop.rows(`UPDATE orders.orders SET payment_status = 'disputed' WHERE id = $1`, [order.id]);
    await expect(cancelByStaff(order)).rejects.toMatchObject({ data: { paymentStatus: 'disputed', to: 'cancelled' } });
    await bench.shop.rows(`UPDATE orders.orders SET payment_status = 'paid' WHERE id = $1`, [order.id]);
  });
});

describe('promised money of an order that is cancelled', () => {
  it('is given up, and the order cancelled then', async () => {
    const { order, paymentId } = await aPaidOrder('authorized');
    await bench.cancel(order);
    const [attempt] = await bench.shop.rows('SELECT requested_action FROM payment.attempts WHERE id = $1', [paymentId]);
    expect(attempt).toEqual({ requested_action: 'void' });
    await bench.run((tx) => bench.shop.get(CancelVoided).run(tx, [{ orderId: order.id, paymentId }]));
    expect(await statesOf(order)).toBe('cancelled none unfulfilled');
  });

  it('and was captured meanwhile, is given back', async () => {
    const { order, capture } = await aPaidOrder('authorized');
    await bench.cancel(order);
    expect(await bench.confirm(capture)).toEqual([{ giveBack: 'order_ended' }]);
    expect(await statesOf(order)).toBe('cancelling paid unfulfilled');
    await refunded(order, capture.paymentId, 2_000);
    expect(await statesOf(order)).toBe('cancelled refunded unfulfilled');
  });
});

describe('an order that stays cancelling', () => {
  const dueOf = ({ id }: Order) =>
    bench.shop.rows(`SELECT subject FROM messaging.scheduled WHERE type = 'order.cancelling_due.v1' AND subject = $1`, [
      id,
    ]);

  it('is looked at again until it is cancelled', async () => {
    const { order, paymentId } = await aPaidOrder();
    await bench.cancel(order);
    expect(await dueOf(order)).toHaveLength(1);
    await refunded(order, paymentId, 2_000);
    expect(await dueOf(order)).toEqual([]);
  });

  it('has its money asked for once, also by several who look at once', async () => {
    const { order } = await aPaidOrder();
    await bench.cancel(order);
    await bench.shop.rows('DELETE FROM payment.refunds WHERE order_id = $1', [order.id]);
    await Promise.all([finish(order), finish(order), finish(order)]);
    expect(await refundsOf(order)).toEqual([ASKED]);
    expect(await dueOf(order)).toHaveLength(1);
  });

  it('because its refund was refused waits for a person, and nothing else is asked for', async () => {
    const { order } = await aPaidOrder();
    await bench.cancel(order);
    await settleRefunds(order, 'failed');
    await finish(order);
    expect(await refundsOf(order)).toEqual([{ ...ASKED, status: 'failed' }]);
    expect(await statesOf(order)).toBe('cancelling paid unfulfilled');
  });

  it('although its money is given back is cancelled, once', async () => {
    const { order } = await aPaidOrder();
    await bench.cancel(order);
    await settleRefunds(order, 'succeeded');
    const finished = await Promise.all([finish(order), finish(order), finish(order)]);
    expect(finished.flat()).toEqual([order.id]);
    expect(await statesOf(order)).toBe('cancelled refunded unfulfilled');
  });
});

describe('who comes at the same time as a cancellation', () => {
  it('to cancel, too: one does it, the other is refused', async () => {
    const { order } = await aPaidOrder();
    const results = await Promise.allSettled([cancelByStaff(order), bench.cancel(order)]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await refundsOf(order)).toEqual([ASKED]);
  });

  it('to ship: the goods leave or the money goes back, never both', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { order } = await aPaidOrder();
      const [cancelled, shipped] = await Promise.allSettled([bench.cancel(order), ship(order, true)]);
      expect([cancelled.status, shipped.status].toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(await statesOf(order)).toBe(
        shipped.status === 'fulfilled' ? 'shipped paid fulfilled' : 'cancelling paid unfulfilled',
      );
    }
  });

  it('with a capture: the money is given back', async () => {
    const { order, capture } = await aPaidOrder('authorized');
    await Promise.all([bench.cancel(order), bench.confirm(capture)]);
    expect(await statesOf(order)).toBe('cancelling paid unfulfilled');
  });

  it('with a refund of all by staff: nothing is given back twice', async () => {
    const { order, paymentId } = await aPaidOrder();
    await bench.shop.rows(
      `INSERT INTO payment.refunds (id, payment_id, order_id, status, amount, currency, cause, reason, requested_by)
       VALUES ($1, $2, $3, 'submitted', 2000, 'EUR', 'staff', 'a scratch', 'staff:1')`,
      [newId('rfd'), paymentId, order.id],
    );
    await Promise.all([bench.cancel(order), refunded(order, paymentId, 2_000)]);
    expect(await refundsOf(order)).toHaveLength(1);
    expect(await statesOf(order)).toBe('cancelled refunded unfulfilled');
  });
});

describe('an order that staff put on hold', () => {
  it('is not shipped, follows its money, and goes on when it is released', async () => {
    const { sku, order, paymentId } = await aPaidOrder();
    expect(await decide(HoldOrder, order)).toMatchObject({ status: 'on_hold', holdReason: 'staff' });
    await expect(decide(HoldOrder, order)).rejects.toMatchObject(refusal);
    await expect(ship(order, true)).rejects.toMatchObject({ code: 'invalid_transition', data: { from: 'on_hold' } });
    expect(await bench.level(sku)).toMatchObject({ reserved: 2 });
    await refunded(order, paymentId, 500);
    expect(await statesOf(order)).toBe('on_hold partially_refunded unfulfilled');
    expect(await decide(ReleaseOrder, order)).toMatchObject({ status: 'confirmed', holdReason: null });
    await ship(order, true);
    expect((await bench.events(order.id)).slice(2, 5)).toEqual([
      '3 order.held.v2',
      '4 order.partially_refunded.v1',
      '5 order.released.v1',
    ]);
  });

  it('may have left in part', async () => {
    const { order } = await aPaidOrder();
    await ship(order, false);
    await decide(HoldOrder, order);
    await expect(ship(order, true)).rejects.toMatchObject(refusal);
    await decide(ReleaseOrder, order);
    await ship(order, true);
    expect(await statesOf(order)).toBe('shipped paid fulfilled');
    await expect(decide(HoldOrder, order)).rejects.toMatchObject(refusal);
  });
});

it('names the trace of a change in the history and in its event', async () => {
  const trace = newTrace();
  const { order } = await runInTrace(trace, () => aPaidOrder());
  const rows = await bench.shop.rows(
    `SELECT history.trace_id, history.correlation_id = outbox.correlation_id AS same, split_part(outbox.traceparent, '-', 2) AS published
     FROM orders.history JOIN messaging.outbox
       ON outbox.subject = history.order_id AND outbox.sequence = history.sequence AND outbox.source = 'order'
     WHERE order_id = $1`,
    [order.id],
  );
  const { traceId } = trace;
  const expected = { trace_id: traceId, same: true, published: traceId };
  expect(rows).toEqual([expected, expected]);
});
