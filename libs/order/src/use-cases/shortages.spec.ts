import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StockReservations, type ClaimedShortage } from '#contracts';
import { newId } from '#kernel';
import { Schedule } from '#messaging';
import { LinesNotForSale } from '../domain/order.errors.js';
import type { Order } from '../persistence/order.entity.js';
import { OrderRepository } from '../persistence/order.repository.js';
import { NoteShortages } from './note-shortages.js';
import { OrderBench } from './order-bench.suite.js';
import { ReleaseOrder } from './release-order.js';
import { StopShortedOrders } from './stop-shorted-orders.js';

let bench: OrderBench;

beforeAll(async () => {
  bench = await OrderBench.open();
});

afterAll(() => bench.shop.close());

const STAFF = { actor: 'staff:1', anyBuyer: true } as const;

/** The stock as it is, except for what it says of counts. */
const stockSaying = (more: Partial<Pick<StockReservations, 'backAgain' | 'areShorted'>>): StockReservations =>
  Object.assign(Object.create(bench.stock) as StockReservations, more);

const anOrder = async () => {
  const sku = await bench.shop.aProduct({ amount: 1_000, onHand: 2 });
  return { sku, order: await bench.anOrder([{ sku, quantity: 2 }]) };
};

const shortageOf = ({ id: orderId }: Order): ClaimedShortage => ({
  orderId,
  movementId: newId('mov'),
  lines: [{ sku: 'MUG', quantity: 1 }],
});

const shorted = (...orders: Order[]) => {
  const stop = new StopShortedOrders(bench.shop.get(OrderRepository), bench.stock, bench.shop.get(Schedule));
  return bench.run((tx) => stop.run(tx, orders.map(shortageOf)));
};

const release = ({ id: orderId }: Order, stock: StockReservations) => {
  const decision = { orderId, reason: 'found', expected: undefined, staff: STAFF };
  return bench.run((tx) => new ReleaseOrder(bench.shop.get(OrderRepository), stock).runOne(tx, decision));
};

describe('an order from which a count took goods', () => {
  it('waits for staff when it is confirmed, and goes on only when the goods are there again', async () => {
    const { sku, order } = await anOrder();
    await bench.confirm(bench.captureOf(order));
    await shorted(order, order);
    await shorted(order);
    expect(await bench.now(order.id)).toMatchObject({ status: 'on_hold', hold_reason: 'stock_shorted' });
    expect((await bench.events(order.id)).slice(2)).toEqual(['3 order.held.v2']);
    const missing = new LinesNotForSale([{ sku, quantity: 2 }]);
    const refused = release(order, stockSaying({ backAgain: () => Promise.resolve({ error: missing }) }));
    await expect(refused).rejects.toMatchObject({ code: 'insufficient_stock' });
    expect(await bench.now(order.id)).toMatchObject({ status: 'on_hold' });
    const there = stockSaying({ backAgain: () => Promise.resolve(undefined) });
    expect(await release(order, there)).toMatchObject({ status: 'confirmed', holdReason: null });
  });

  it('ends when nobody has paid it, and the rest of its stock is free', async () => {
    const { sku, order } = await anOrder();
    await shorted(order);
    expect(await bench.now(order.id)).toMatchObject({ status: 'expired' });
    expect(await bench.level(sku)).toEqual({ onHand: 2, reserved: 0 });
  });

  it('is looked at again while its payment is under way', async () => {
    const { order } = await anOrder();
    await bench.startPayment(order);
    await shorted(order);
    expect(await bench.now(order.id)).toMatchObject({ status: 'pending_payment' });
    const due = `SELECT subject FROM messaging.scheduled WHERE type = 'order.shortage_due.v1' AND subject = $1`;
    expect(await bench.shop.rows(due, [order.id])).toHaveLength(1);
    await bench.confirm(bench.captureOf(order));
    await shorted(order);
    expect(await bench.now(order.id)).toMatchObject({ status: 'on_hold' });
  });

  it('stays as it is when it has ended', async () => {
    const { order } = await anOrder();
    await bench.cancel(order);
    await shorted(order);
    expect(await bench.now(order.id)).toMatchObject({ status: 'cancelled', last_sequence: 2 });
  });

  it('is not stopped by somebody who only says so', async () => {
    const { order } = await anOrder();
    const stock = stockSaying({ areShorted: (_db, claims) => Promise.resolve(claims.map(() => false)) });
    const note = new NoteShortages(stock, bench.shop.get(StopShortedOrders));
    const event = { data: shortageOf(order) } as unknown as Parameters<NoteShortages['run']>[1][number];
    await expect(bench.run((tx) => note.run(tx, [event]))).rejects.toThrow('failed');
    expect(await bench.now(order.id)).toMatchObject({ status: 'pending_payment' });
  });
});

it('leaves the invariants as they were', async () => {
  expect(await bench.shop.violations()).toEqual([]);
});
