import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import { OrderBench } from '../use-cases/order-bench.suite.js';
import { ExpireHolds } from '../use-cases/expire-holds.js';
import type { Order } from '../persistence/order.entity.js';

const HOLD_TTL_SECONDS = 900;
const HOLD_EXTENSION_MAX_SECONDS = 300;

let bench: OrderBench;
let mug: string;

beforeAll(async () => {
  bench = await OrderBench.open({ HOLD_EXTENSION_MAX_SECONDS: String(HOLD_EXTENSION_MAX_SECONDS) });
  mug = await bench.shop.aProduct({ amount: 1_250, onHand: 100_000 });
});

afterAll(() => bench.shop.close());

const anOrder = () => bench.anOrder([{ sku: mug, quantity: 1 }]);
const failed = (order: Order) => bench.run((tx) => bench.payments.failed(tx, order.id));
const keep = (order: Order) => bench.run((tx) => bench.payments.extendWhilePaymentPending(tx, order.id));
const holdExpiryDue = (order: Order) => bench.run((tx) => bench.shop.get(ExpireHolds).run(tx, [order.id]));

/** Moves the whole life of an order's hold into the past, so that this many seconds of it are left. */
const ageUntil = (order: Order, secondsLeft: number) =>
  bench.run(async (tx) => {
    const age = `make_interval(secs => ${HOLD_TTL_SECONDS - secondsLeft})`;
    await tx.query(`UPDATE orders.orders SET reservation_expires_at = reservation_expires_at - ${age} WHERE id = $1`, [
      order.id,
    ]);
    await tx.query(
      `UPDATE inventory.reservations SET held_at = held_at - ${age}, expires_at = expires_at - ${age},
         first_expires_at = first_expires_at - ${age} WHERE order_id = $1`,
      [order.id],
    );
  });

/** Until when the order and its stock say that it is held, in seconds from now, and the status of the reservation. */
const holdOf = async (order: Order) => {
  const [row] = await bench.shop.rows(
    `SELECT round(extract(epoch FROM expires_at - now()))::int AS "secondsLeft", reservations.status,
       expires_at = reservation_expires_at AS agreed
     FROM inventory.reservations JOIN orders.orders ON orders.id = order_id WHERE order_id = $1`,
    [order.id],
  );
  return row as { secondsLeft: number; status: string; agreed: boolean };
};

const nextLook = async (order: Order) => {
  const [row] = await bench.shop.rows(
    `SELECT due_at, due_at <= now() AS "atOnce" FROM messaging.scheduled WHERE type = 'order.hold_due.v1' AND subject = $1`,
    [order.id],
  );
  return row;
};

describe('the end of a hold', () => {
  it('is not moved by ten declines', async () => {
    const order = await anOrder();
    await ageUntil(order, 120);
    const before = await bench.now(order.id);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await bench.startPayment(order);
      await failed(order);
    }
    const after = await bench.now(order.id);
    expect(after['reservation_expires_at']).toEqual(before['reservation_expires_at']);
    expect(await holdOf(order)).toMatchObject({ status: 'held', agreed: true });
    const due = (await nextLook(order))?.['due_at'];
    expect(due).toEqual(after['reservation_expires_at']);
    const published = await bench.shop.rows(
      `SELECT data->>'reservationExpiresAt' AS until FROM messaging.outbox WHERE subject = $1 AND type = 'order.payment_failed.v1'`,
      [order.id],
    );
    expect(published).toEqual(
      Array.from({ length: 10 }, () => ({ until: after['reservation_expires_at'].toISOString() })),
    );
  });

  it('is put off by a payment up to the limit', async () => {
    const order = await anOrder();
    await ageUntil(order, 60);
    await bench.startPayment(order);
    const { secondsLeft } = await holdOf(order);
    expect(Math.abs(secondsLeft - (60 + HOLD_EXTENSION_MAX_SECONDS))).toBeLessThan(30);
    const early = await anOrder();
    await ageUntil(early, 890);
    await bench.startPayment(early);
    const left = (await holdOf(early)).secondsLeft;
    expect(Math.abs(left - HOLD_TTL_SECONDS)).toBeLessThan(30);
  });

  it('does not come while the outcome of a payment is not known, however long that takes', async () => {
    const order = await anOrder();
    await ageUntil(order, 60);
    await bench.startPayment(order);
    await ageUntil(order, -3_600);
    await keep(order);
    expect(await holdOf(order)).toMatchObject({ status: 'extended', agreed: true });
    expect((await holdOf(order)).secondsLeft).toBeGreaterThan(HOLD_TTL_SECONDS - 60);
    expect(await holdExpiryDue(order)).toEqual([]);
  });

  it('comes at once when a payment that outlasted it ends without money', async () => {
    const order = await anOrder();
    await bench.startPayment(order);
    await ageUntil(order, -60);
    await keep(order);
    expect(await nextLook(order)).toMatchObject({ atOnce: false });
    await failed(order);
    expect(await nextLook(order)).toMatchObject({ atOnce: true });
    await expect(bench.startPayment(order)).rejects.toMatchObject({ code: 'order_not_payable' });
    expect(await holdExpiryDue(order)).toEqual([order.id]);
    expect(await bench.now(order.id)).toMatchObject({ status: 'expired' });
    expect(await holdOf(order)).toMatchObject({ status: 'expired' });
  });

  it('is left alone by a failure that comes twice, after the order, or beside a payment that goes on', async () => {
    const [paid, cancelled] = [await anOrder(), await anOrder()];
    await bench.startPayment(paid);
    await bench.confirm(bench.captureOf(paid));
    await bench.cancel(cancelled);
    for (const order of [paid, cancelled]) {
      const before = await bench.now(order.id);
      await failed(order);
      await keep(order);
      expect(await bench.now(order.id)).toEqual(before);
      expect(await nextLook(order)).toBeUndefined();
    }
    const idle = await anOrder();
    await ageUntil(idle, 60);
    await keep(idle);
    expect((await holdOf(idle)).secondsLeft).toBeLessThanOrEqual(60);
    await bench.run((tx) => bench.payments.failed(tx, newId('order')));
  });

  it('is the same whoever comes first, of failures and questions about an outcome that come at once', async () => {
    const orders = await Promise.all(Array.from({ length: 10 }, anOrder));
    for (const order of orders) {
      await ageUntil(order, 120);
      await bench.startPayment(order);
    }
    await Promise.all(orders.flatMap((order) => [keep(order), failed(order), keep(order), failed(order)]));
    for (const order of orders) {
      expect(await holdOf(order)).toMatchObject({ status: 'held', agreed: true });
      expect((await holdOf(order)).secondsLeft).toBeLessThanOrEqual(120);
    }
  });
});

it('leaves orders and stock that keep their invariants', async () => {
  expect(await bench.shop.violations()).toEqual([]);
});
