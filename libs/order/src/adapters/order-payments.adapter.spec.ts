import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, uuidV7 } from '#kernel';
import { UnfoundedEvent, type EventsFailed } from '#messaging';
import { OnPaymentCapturedConsumer } from '../consumers/on-payment-captured.consumer.js';
import { buyerOf, eur, OrderBench } from '../use-cases/order-bench.suite.js';
import { ConfirmOrders } from '../use-cases/confirm-orders.js';
import { PaymentsOfAnotherModule } from './payments-of-another-module.suite.js';

let bench: OrderBench;
let mug: string;

beforeAll(async () => {
  bench = await OrderBench.open();
  mug = await bench.shop.aProduct({ amount: 1_250, onHand: 100_000 });
});

afterAll(() => bench.shop.close());

const mugs = (quantity = 1) => [{ sku: mug, quantity }];

describe('paying', () => {
  it('says what is due, marks the payment, and prolongs the hold', async () => {
    const order = await bench.anOrder(mugs(2));
    expect(await bench.startPayment(order)).toEqual(eur(2_500));
    const now = await bench.now(order.id);
    expect(now).toMatchObject({ payment_status: 'pending', version: 2 });
    expect(now['reservation_expires_at'].getTime()).toBeGreaterThanOrEqual(order.reservationExpiresAt.getTime());
    await expect(bench.startPayment(order)).rejects.toMatchObject({ code: 'payment_in_progress' });
  });

  it('starts once, of ten that start at once', async () => {
    const order = await bench.anOrder(mugs());
    const starts = await Promise.allSettled(Array.from({ length: 10 }, () => bench.startPayment(order)));
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('can be tried again after a failure, which counts once', async () => {
    const order = await bench.anOrder(mugs());
    await bench.startPayment(order);
    await bench.run((tx) => bench.payments.failed(tx, order.id));
    await bench.run((tx) => bench.payments.failed(tx, order.id));
    expect(await bench.startPayment(order)).toEqual(eur(1_250));
    expect(await bench.history(order.id)).toEqual([
      '1 order.placed null>pending_payment null>none',
      '2 order.payment_started pending_payment>pending_payment none>pending',
      '3 order.payment_failed pending_payment>pending_payment pending>none',
      '4 order.payment_started pending_payment>pending_payment none>pending',
    ]);
    expect(await bench.events(order.id)).toEqual([
      '1 order.placed.v1',
      '2 order.payment_started.v1',
      '3 order.payment_failed.v1',
      '4 order.payment_started.v1',
    ]);
  });

  it('is for those who can open the order', async () => {
    const order = await bench.anOrder(mugs());
    const stranger = { cartTokenHash: 'another', customerId: 'eve' };
    await expect(bench.startPayment(order, stranger)).rejects.toMatchObject({ code: 'order_not_found' });
    await expect(bench.startPayment(order, {})).rejects.toMatchObject({ code: 'order_not_found' });
    const access = (buyer: object, id = order.id) =>
      bench.run((tx) => bench.payments.assertAccess(tx, id, buyer)).then(() => 'open');
    await expect(access(stranger)).rejects.toMatchObject({ code: 'order_not_found' });
    await expect(access(buyerOf(order), newId('order'))).rejects.toMatchObject({ code: 'order_not_found' });
    expect(await access(buyerOf(order))).toBe('open');
  });

  it('is too late when the hold, or the order, has ended', async () => {
    const [lapsed, expired, cancelled, paid] = await Promise.all([1, 2, 3, 4].map(() => bench.anOrder(mugs())));
    await bench.runOut(lapsed!.id);
    await bench.expire(expired!.id);
    await bench.cancel(cancelled!);
    await bench.confirm(bench.captureOf(paid!));
    for (const order of [lapsed!, expired!, cancelled!]) {
      await expect(bench.startPayment(order)).rejects.toMatchObject({ code: 'order_not_payable' });
    }
    await expect(bench.startPayment(paid!)).rejects.toMatchObject({ code: 'already_paid' });
  });

  it('keeps the order and its hold alive while the outcome is not known', async () => {
    const order = await bench.anOrder(mugs());
    await bench.startPayment(order);
    await bench.shop.rows(`UPDATE inventory.reservations SET expires_at = now() + interval '9 s' WHERE order_id = $1`, [
      order.id,
    ]);
    await bench.shop.rows(`UPDATE orders.orders SET reservation_expires_at = now() + interval '9 s' WHERE id = $1`, [
      order.id,
    ]);
    await bench.run((tx) => bench.payments.extendWhilePaymentPending(tx, order.id));
    const [held] = await bench.shop.rows('SELECT expires_at FROM inventory.reservations WHERE order_id = $1', [
      order.id,
    ]);
    const { reservation_expires_at: until } = await bench.now(order.id);
    expect(until).toEqual(held!['expires_at']);
    expect(until.getTime()).toBeGreaterThan(order.placedAt.getTime() + 60_000);
  });

  it('keeps its stock although the hold ran out before the provider was asked', async () => {
    const order = await bench.anOrder(mugs());
    await bench.startPayment(order);
    await bench.runOut(order.id);
    await bench.run((tx) => bench.payments.extendWhilePaymentPending(tx, order.id));
    const [held] = await bench.shop.rows(
      'SELECT status, expires_at > now() AS live FROM inventory.reservations WHERE order_id = $1',
      [order.id],
    );
    expect(held).toEqual({ status: 'extended', live: true });
    expect((await bench.now(order.id))['reservation_expires_at'].getTime()).toBeGreaterThan(order.placedAt.getTime());
  });
});

describe('confirming', () => {
  it('takes a list, states each confirmation once, and is the same when it is repeated', async () => {
    const orders = await Promise.all([1, 2, 3].map((quantity) => bench.anOrder(mugs(quantity))));
    await bench.startPayment(orders[0]!);
    const captures = orders.map((order) => bench.captureOf(order));
    expect(await bench.confirm(...captures)).toEqual(['confirmed', 'confirmed', 'confirmed']);
    expect(await bench.confirm(captures[1]!, captures[0]!)).toEqual(['confirmed', 'confirmed']);
    for (const [index, order] of orders.entries()) {
      expect(await bench.now(order.id)).toMatchObject({
        status: 'confirmed',
        payment_status: 'paid',
        payment_id: captures[index]!.paymentId,
        confirmed_at: expect.any(Date),
      });
    }
    expect(await bench.events(orders[0]!.id)).toEqual([
      '1 order.placed.v1',
      '2 order.payment_started.v1',
      '3 order.confirmed.v1',
    ]);
    expect(await bench.history(orders[1]!.id)).toEqual([
      '1 order.placed null>pending_payment null>none',
      '2 order.confirmed pending_payment>confirmed none>paid',
    ]);
  });

  it('has money given back that fits no order, leaves too little to staff, and the others alone', async () => {
    const [short, foreign, cancelled, twice, good] = await Promise.all(
      [1, 1, 1, 1, 1].map((quantity) => bench.anOrder(mugs(quantity))),
    );
    await bench.cancel(cancelled!);
    const unknown = { id: newId('order'), total: 1 };
    const paidTwice = [bench.captureOf(twice!), bench.captureOf(twice!)];
    const outcomes = await bench.confirm(
      bench.captureOf(short!, { amount: eur(1_249) }),
      bench.captureOf(foreign!, { amount: { ...eur(1_250), currency: 'USD' as never } }),
      bench.captureOf(cancelled!),
      bench.captureOf(unknown),
      ...paidTwice,
      bench.captureOf(good!),
    );
    expect(outcomes).toEqual([
      'on_hold',
      { giveBack: 'wrong_currency' },
      { giveBack: 'order_ended' },
      { giveBack: 'order_not_found' },
      'confirmed',
      { giveBack: 'second_payment' },
      'confirmed',
    ]);
    const statuses = await Promise.all([short, foreign, cancelled].map((order) => bench.now(order!.id)));
    expect(statuses.map(({ status }) => status)).toEqual(['on_hold', 'pending_payment', 'cancelled']);
  });

  it('takes the right money of an order that comes together with wrong money', async () => {
    const order = await bench.anOrder(mugs());
    const right = bench.captureOf(order);
    expect(await bench.confirm(bench.captureOf(order, { amount: eur(1) }), right)).toEqual([
      { giveBack: 'second_payment' },
      'confirmed',
    ]);
    expect(await bench.now(order.id)).toMatchObject({ status: 'confirmed', payment_id: right.paymentId });
  });

  it('holds the stock of an expired order again when its money comes late, if there is enough', async () => {
    const last = await bench.shop.aProduct({ amount: 500, onHand: 1 });
    const late = await bench.anOrder([{ sku: last, quantity: 1 }]);
    await bench.expire(late.id);
    expect(await bench.level(last)).toEqual({ onHand: 1, reserved: 0 });
    expect(await bench.confirm(bench.captureOf(late))).toEqual(['confirmed']);
    expect(await bench.level(last)).toEqual({ onHand: 1, reserved: 1 });
    expect(await bench.events(late.id)).toEqual(['1 order.placed.v1', '2 order.expired.v1', '3 order.confirmed.v1']);
  });

  it('has late money given back for stock that somebody else has', async () => {
    const last = await bench.shop.aProduct({ amount: 500, onHand: 1 });
    const late = await bench.anOrder([{ sku: last, quantity: 1 }]);
    await bench.expire(late.id);
    await bench.anOrder([{ sku: last, quantity: 1 }]);
    const good = await bench.anOrder(mugs());
    expect(await bench.confirm(bench.captureOf(late), bench.captureOf(good))).toEqual([
      { giveBack: 'order_ended' },
      'confirmed',
    ]);
    expect(await bench.now(late.id)).toMatchObject({ status: 'expired', payment_id: null });
  });

  it('is what a captured payment leads to, and a dead letter is what an invented one becomes', async () => {
    const order = await bench.anOrder(mugs());
    const payments = new PaymentsOfAnotherModule();
    const consumer = new OnPaymentCapturedConsumer(payments, bench.shop.get(ConfirmOrders));
    const other = await bench.anOrder(mugs());
    const handle = (...events: object[]) =>
      bench.run((tx) => consumer.handle(events as never, { tx, signal: AbortSignal.timeout(60_000) }));
    const wrong = { id: uuidV7(), correlationId: 'spec', data: bench.captureOf(order, { amount: eur(1_251) }) };
    const right = { id: uuidV7(), correlationId: 'spec', data: bench.captureOf(other) };
    const invented = { ...right, data: { ...right.data, paymentId: PaymentsOfAnotherModule.UNKNOWN } };
    const forgery: unknown = await handle(wrong, invented).catch((error: unknown) => error);
    expect((forgery as EventsFailed).errorById).toEqual(new Map([[right.id, expect.any(UnfoundedEvent)]]));
    await handle(wrong, right);
    expect(await bench.now(other.id)).toMatchObject({ status: 'confirmed' });
    const second = { id: uuidV7(), correlationId: 'spec', data: bench.captureOf(other) };
    await handle(second);
    const { paymentId, orderId } = second.data;
    expect(payments.givenBack).toEqual([
      { paymentId: wrong.data.paymentId, orderId: order.id, cause: 'overpaid', amount: eur(1) },
      { paymentId, orderId, cause: 'second_payment' },
    ]);
    expect(await bench.now(order.id)).toMatchObject({ status: 'confirmed' });
  });
});

it('leaves orders, stock and carts that keep their invariants', async () => {
  expect(await bench.shop.violations()).toEqual([]);
});
