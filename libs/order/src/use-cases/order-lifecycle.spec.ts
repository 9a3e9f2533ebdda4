import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { array, assert as check, asyncProperty, constantFrom } from 'fast-check';
import type { Id } from '#kernel';
import { orderInvariants } from '../persistence/invariants.js';
import { HoldReminders1764000140002 } from '../persistence/migrations/1764000140002-hold-reminders.js';
import { eur, OrderBench } from './order-bench.suite.js';
import type { Order } from '../persistence/order.entity.js';
import type { Transition } from '../domain/transition.js';
import { TRANSITIONS } from '../domain/transitions.js';
import type { OrderStatus, PaymentStatus } from '../domain/order-states.js';
import { RefuseShortPayments } from './refuse-short-payments.js';
import { ExpireHolds } from './expire-holds.js';

let bench: OrderBench;
let mug: string;

beforeAll(async () => {
  bench = await OrderBench.open();
  mug = await bench.shop.aProduct({ amount: 1_250, onHand: 100_000 });
});

afterAll(() => bench.shop.close());

const HOLD_SECONDS = 900;
const SWEEP_SECONDS = 5;

const mugs = (quantity = 1) => [{ sku: mug, quantity }];

/** What happens when these orders are reminded of. */
const remind = (orders: readonly Order[]) =>
  bench.run((tx) =>
    bench.shop.get(ExpireHolds).run(
      tx,
      orders.map(({ id }) => id),
    ),
  );

/** In how many seconds each order is looked at next; an order that nobody will look at is missing. */
const remindersOf = async (...orders: readonly Order[]): Promise<Record<string, number>> => {
  const rows = await bench.shop.rows<{ subject: string; seconds: number }>(
    `SELECT subject, round(extract(epoch FROM due_at - now()))::int AS seconds FROM messaging.scheduled
     WHERE type = 'order.hold_due.v1' AND subject = ANY ($1)`,
    [orders.map(({ id }) => id)],
  );
  return Object.fromEntries(rows.map(({ subject, seconds }) => [subject, seconds]));
};

type States = readonly [OrderStatus, PaymentStatus];

const isLegal = ([fromStatus, fromPayment]: States, [toStatus, toPayment]: States) =>
  Object.values<Pick<Transition<never>, 'from' | 'to'>>(TRANSITIONS).some(({ from, to }) =>
    from.some(
      ({ status, payment }) =>
        status === fromStatus &&
        payment === fromPayment &&
        (to.status ?? status) === toStatus &&
        (to.payment ?? payment) === toPayment,
    ),
  );

const violatedAfter = async (tamper: string, id: Id<'order'>) => {
  const found: string[] = [];
  const undone = bench.run(async (tx) => {
    await tx.query(tamper.replaceAll('$1', `'${id}'`));
    for (const { name, sql } of orderInvariants) if ((await tx.query(sql)).rows.length > 0) found.push(name);
    throw new Error('undo');
  });
  await expect(undone).rejects.toThrow('undo');
  return found;
};

/** How a step that an order is in no state for may be refused. */
const KNOWN = new Set<unknown>([
  'none',
  'invalid_transition',
  'payment_in_progress',
  'already_paid',
  'order_not_payable',
]);

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code ?? error;

describe('cancelling', () => {
  it('gives the stock back with the same commit, once', async () => {
    const pen = await bench.shop.aProduct({ onHand: 2 });
    const order = await bench.anOrder([{ sku: pen, quantity: 2 }]);
    expect(await bench.cancel(order, 1)).toMatchObject({ status: 'cancelled', version: 2, lines: [{ sku: pen }] });
    expect(await bench.level(pen)).toEqual({ onHand: 2, reserved: 0 });
    expect(await bench.events(order.id)).toEqual(['1 order.placed.v1', '2 order.cancelled.v1']);
    await expect(bench.cancel(order)).rejects.toMatchObject({ code: 'invalid_transition' });
  });

  it('is refused for another version, and during a payment', async () => {
    const order = await bench.anOrder(mugs());
    await expect(bench.cancel(order, 7)).rejects.toMatchObject({ code: 'stale_version', data: { version: 1 } });
    await bench.startPayment(order);
    await expect(bench.cancel(order)).rejects.toMatchObject({
      code: 'invalid_transition',
      data: { from: 'pending_payment', to: 'cancelled', paymentStatus: 'pending' },
    });
  });
});

describe('expiry', () => {
  it('ends what was not paid in time and nothing else, also when it is asked several times at once', async () => {
    const pen = await bench.shop.aProduct({ onHand: 50 });
    const orders = await Promise.all(Array.from({ length: 20 }, () => bench.anOrder([{ sku: pen, quantity: 1 }])));
    const [fresh, paying, paid, ...overdue] = orders as [Order, Order, Order, ...Order[]];
    await bench.startPayment(paying);
    await bench.confirm(bench.captureOf(paid));
    for (const order of [paying, paid, ...overdue]) await bench.runOut(order.id);
    const ended = await Promise.all([remind(orders), remind(orders.toReversed()), remind(overdue)]);
    expect(ended.flat().toSorted()).toEqual(overdue.map(({ id }) => id).toSorted());
    for (const { id } of overdue) expect(await bench.events(id)).toEqual(['1 order.placed.v1', '2 order.expired.v1']);
    const others = await Promise.all([fresh, paying, paid].map(({ id }) => bench.now(id)));
    expect(others.map(({ status }) => status)).toEqual(['pending_payment', 'pending_payment', 'confirmed']);
    expect(await bench.level(pen)).toEqual({ onHand: 50, reserved: 3 });
  });

  it('is reminded of at the end of the hold, for as long as the order waits for its payment', async () => {
    const [order, paid, cancelled] = [
      await bench.anOrder(mugs()),
      await bench.anOrder(mugs()),
      await bench.anOrder(mugs()),
    ];
    await bench.confirm(bench.captureOf(paid));
    await bench.cancel(cancelled);
    const reminders = await remindersOf(order, paid, cancelled);
    expect(Object.keys(reminders)).toEqual([order.id]);
    expect(Math.abs(reminders[order.id]! - HOLD_SECONDS)).toBeLessThan(60);
    await bench.runOut(order.id);
    await remind([order]);
    expect(await remindersOf(order)).toEqual({});
  });

  it('comes back to an order whose hold was prolonged, and to one that is being paid after its hold ended', async () => {
    const [prolonged, paying] = [await bench.anOrder(mugs()), await bench.anOrder(mugs())];
    await bench.startPayment(prolonged);
    await bench.startPayment(paying);
    await bench.runOut(paying.id);
    await bench.shop.rows('DELETE FROM messaging.scheduled');
    expect(await remind([prolonged, paying])).toEqual([]);
    const reminders = await remindersOf(prolonged, paying);
    expect(reminders[prolonged.id]).toBeGreaterThan(HOLD_SECONDS - 60);
    expect(reminders[paying.id]).toBeLessThanOrEqual(SWEEP_SECONDS);
    await bench.run((tx) => bench.payments.failed(tx, paying.id));
    expect(await remind([paying])).toEqual([paying.id]);
  });

  it('knows the orders that were there before reminders were', async () => {
    const [waiting, paid] = [await bench.anOrder(mugs()), await bench.anOrder(mugs())];
    await bench.confirm(bench.captureOf(paid));
    await bench.shop.rows('DELETE FROM messaging.scheduled');
    await bench.run((tx) => new HoldReminders1764000140002().up(tx as never));
    expect(await remindersOf(waiting, paid)).toEqual({ [waiting.id]: expect.any(Number) });
  });
});

describe('whatever happens to an order', () => {
  const steps = {
    start: (order: Order) => bench.startPayment(order),
    fail: (order: Order) => bench.run((tx) => bench.payments.failed(tx, order.id)),
    confirm: (order: Order) => bench.confirm(bench.captureOf(order)),
    payHalf: (order: Order) => bench.confirm(bench.captureOf(order, { amount: eur(order.total / 2) })),
    refuseShort: (order: Order) => bench.run((tx) => bench.shop.get(RefuseShortPayments).run(tx, [order.id])),
    cancel: (order: Order) => bench.cancel(order),
    expire: (order: Order) => bench.expire(order.id),
    runOut: (order: Order) => bench.runOut(order.id),
  };
  const anySteps = array(constantFrom(...(Object.keys(steps) as (keyof typeof steps)[])), {
    minLength: 1,
    maxLength: 6,
  });

  it('moves only as the table says, with one fact and one event a move', async () => {
    await check(
      asyncProperty(anySteps, async (names) => {
        const order = await bench.anOrder(mugs());
        const refusals: unknown[] = [];
        let before = await bench.now(order.id);
        for (const name of names) {
          refusals.push(await steps[name](order).then(() => 'none', codeOf));
          const after = await bench.now(order.id);
          const [from, to] = [before, after].map((row): States => [row['status'], row['payment_status']]);
          const hasMoved = from!.join() !== to!.join();
          expect(!hasMoved || isLegal(from!, to!)).toBe(true);
          expect(after['last_sequence'] - before['last_sequence']).toBe(hasMoved ? 1 : 0);
          before = after;
        }
        expect(refusals.filter((code) => !KNOWN.has(code))).toEqual([]);
        const events = await bench.events(order.id);
        const facts = await bench.history(order.id);
        expect(events.map((event) => event.replace(/\.v1$/, ''))).toEqual(
          facts.map((fact) => fact.split(' ').slice(0, 2).join(' ')),
        );
      }),
      { numRuns: 25 },
    );
  });
});

describe('the invariants of orders', () => {
  it('hold after all of this', async () => {
    expect(await bench.shop.violations()).toEqual([]);
  });

  it.each([
    ['order_total_is_its_parts', 'UPDATE orders.orders SET subtotal = subtotal + 1, total = total + 1 WHERE id = $1'],
    ['order_confirmed_is_paid', `UPDATE orders.orders SET status = 'confirmed' WHERE id = $1`],
    [
      'order_none_past_its_time',
      `UPDATE orders.orders SET reservation_expires_at = now() - interval '1 h' WHERE id = $1`,
    ],
    ['order_history_is_a_path', `UPDATE orders.history SET to_status = 'shipped' WHERE order_id = $1`],
    ['order_history_is_a_path', `UPDATE orders.history SET to_fulfilment = 'fulfilled' WHERE order_id = $1`],
    ['order_history_is_a_path', `UPDATE orders.history SET type = 'order.expired' WHERE order_id = $1`],
    ['order_history_is_complete', 'UPDATE orders.orders SET last_sequence = last_sequence + 1 WHERE id = $1'],
    ['order_history_is_complete', `UPDATE orders.orders SET payment_status = 'pending' WHERE id = $1`],
    ['order_history_is_complete', `UPDATE orders.orders SET fulfilment_status = 'fulfilled' WHERE id = $1`],
  ])('notice when %s is broken', async (name, tamper) => {
    const order = await bench.anOrder(mugs());
    expect(await violatedAfter(tamper, order.id)).toContain(name);
  });
});
