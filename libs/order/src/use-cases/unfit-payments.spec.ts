import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CapturedPayments, type DisputeState, type UnfitCapture } from '#contracts';
import { Money, newId, type Currency, type Id } from '#kernel';
import { OrderRepository } from '../persistence/order.repository.js';
import type { Order } from '../persistence/order.entity.js';
import { ReleaseOrder } from './release-order.js';
import { CancelOrder } from './cancel-order.js';
import { NoteDisputes } from './note-disputes.js';
import { NoteRefunds } from './note-refunds.js';
import { eur, OrderBench } from './order-bench.suite.js';
import { RefuseShortPayments } from './refuse-short-payments.js';

let bench: OrderBench;
let mug: string;

beforeAll(async () => {
  bench = await OrderBench.open({ SHORT_PAYMENT_HOLD_SECONDS: '7200' });
  mug = await bench.shop.aProduct({ amount: 1_000, onHand: 10_000 });
});

afterAll(() => bench.shop.close());

const STAFF = { actor: 'key:1', anyBuyer: true } as const;

/** An order of 20.00 EUR of which this much came. */
async function paidWith(amount: Money, items = [{ sku: mug, quantity: 2 }]) {
  const order = await bench.anOrder(items);
  await bench.startPayment(order);
  const capture = bench.captureOf(order, { amount });
  const [outcome] = await bench.confirm(capture);
  return { order, paymentId: capture.paymentId, outcome };
}

const refund = (order: Order, paymentId: Id<'pay'>, refundedTotal: number, remaining: number) =>
  bench.run((tx) =>
    bench.shop.get(NoteRefunds).run(tx, [
      {
        refundId: newId('rfd'),
        orderId: order.id,
        paymentId,
        amount: eur(refundedTotal),
        refundedTotal: eur(refundedTotal),
        remaining: eur(remaining),
      },
    ]),
  );

/** What another module knows of the disputes about a payment, and what it was asked to give back. */
class DisputesElsewhere extends CapturedPayments {
  readonly givenBack: UnfitCapture[] = [];

  constructor(private readonly state: DisputeState) {
    super();
  }

  override areCaptured = (): Promise<never> => Promise.reject(new Error('not asked'));
  override givingBackOf = (): Promise<never> => Promise.reject(new Error('not asked'));
  override areAuthorized = (): Promise<never> => Promise.reject(new Error('not asked'));
  override disputeOf = (): Promise<DisputeState> => Promise.resolve(this.state);

  override giveBack(_tx: unknown, captures: readonly UnfitCapture[]): Promise<void> {
    this.givenBack.push(...captures);
    return Promise.resolve();
  }
}

async function dispute(
  order: Order,
  paymentId: Id<'pay'>,
  status: DisputeState['status'],
  { captured = 2_000, refunded = 0 } = {},
): Promise<UnfitCapture[]> {
  const payments = new DisputesElsewhere({ status, captured: eur(captured), refundedTotal: eur(refunded) });
  const noteDisputes = new NoteDisputes(bench.shop.get(OrderRepository), payments, bench.stock);
  await bench.run((tx) => noteDisputes.run(tx, [{ orderId: order.id, paymentId }]));
  return payments.givenBack;
}

const statesOf = async ({ id }: Order) => {
  const { status, payment_status: payment } = await bench.now(id);
  return `${status} ${payment}`;
};

describe('a payment of more than the total', () => {
  it('confirms the order, and the difference is to be given back', async () => {
    const { order, paymentId, outcome } = await paidWith(eur(2_100));
    expect(outcome).toEqual({ giveBack: 'overpaid', amount: eur(100) });
    expect(await statesOf(order)).toBe('confirmed paid');
    await refund(order, paymentId, 100, 2_000);
    expect(await statesOf(order)).toBe('confirmed paid');
    await refund(order, paymentId, 600, 1_500);
    expect(await statesOf(order)).toBe('confirmed partially_refunded');
  });

  it('for an order that has expired confirms it, too, while its stock is there', async () => {
    const order = await bench.anOrder([{ sku: mug, quantity: 2 }]);
    await bench.runOut(order.id);
    await bench.expire(order.id);
    expect(await bench.confirm(bench.captureOf(order, { amount: eur(2_001) }))).toEqual([
      { giveBack: 'overpaid', amount: eur(1) },
    ]);
    expect(await statesOf(order)).toBe('confirmed paid');
  });
});

describe('a payment in another currency', () => {
  it('is given back, and the order can be paid again while its stock is held', async () => {
    const { order, outcome } = await paidWith(Money.of(2_000, 'USD' as Currency));
    expect(outcome).toEqual({ giveBack: 'wrong_currency' });
    expect(await statesOf(order)).toBe('pending_payment none');
    await bench.startPayment(order);
    expect(await bench.confirm(bench.captureOf(order))).toEqual(['confirmed']);
  });
});

describe('a payment of less than the total', () => {
  it('puts the order on hold with its stock, and says when nobody has decided', async () => {
    const pen = await bench.shop.aProduct({ amount: 1_000, onHand: 2 });
    const { order, outcome } = await paidWith(eur(1_999), [{ sku: pen, quantity: 2 }]);
    expect(outcome).toBe('on_hold');
    expect(await statesOf(order)).toBe('on_hold partially_paid');
    expect(await bench.level(pen)).toEqual({ onHand: 2, reserved: 2 });
    const [due] = await bench.shop.rows<{ seconds: number }>(
      `SELECT round(extract(epoch FROM due_at - now()))::int AS seconds FROM messaging.scheduled
       WHERE type = 'order.short_payment_due.v1' AND subject = $1`,
      [order.id],
    );
    expect(Math.abs(due!.seconds - 7_200)).toBeLessThan(60);
    expect(await bench.events(order.id)).toContain('3 order.held.v1');
    expect(await bench.confirm(bench.captureOf(order))).toEqual([{ giveBack: 'second_payment' }]);
  });

  it('that staff accept confirms the order, and the timer changes nothing any more', async () => {
    const { order } = await paidWith(eur(1_500));
    const release = { orderId: order.id, reason: 'rest in cash', expected: undefined, staff: STAFF };
    const released = await bench.run((tx) => bench.shop.get(ReleaseOrder).runOne(tx, release));
    expect(released).toMatchObject({ status: 'confirmed', paymentStatus: 'partially_paid' });
    expect(await bench.run((tx) => bench.shop.get(RefuseShortPayments).run(tx, [order.id]))).toEqual([]);
    expect(await bench.events(order.id)).toContain('4 order.confirmed.v1');
    await expect(bench.run((tx) => bench.shop.get(ReleaseOrder).runOne(tx, release))).rejects.toMatchObject({
      code: 'invalid_transition',
    });
  });

  it('that nobody accepts frees the stock and cancels the order when its money is given back', async () => {
    const pen = await bench.shop.aProduct({ amount: 1_000, onHand: 2 });
    const { order, paymentId } = await paidWith(eur(1_500), [{ sku: pen, quantity: 2 }]);
    const twice = [order.id];
    expect(await bench.run((tx) => bench.shop.get(RefuseShortPayments).run(tx, twice))).toEqual([order.id]);
    expect(await bench.run((tx) => bench.shop.get(RefuseShortPayments).run(tx, twice))).toEqual([]);
    expect(await statesOf(order)).toBe('cancelling partially_paid');
    expect(await bench.level(pen)).toEqual({ onHand: 2, reserved: 0 });
    await refund(order, paymentId, 1_500, 0);
    expect(await statesOf(order)).toBe('cancelled refunded');
  });

  it('can be refused by staff at once, and not by the buyer', async () => {
    const { order } = await paidWith(eur(1_500));
    await expect(bench.cancel(order)).rejects.toMatchObject({ code: 'invalid_transition' });
    const cancellation = { orderId: order.id, buyer: STAFF, actor: 'key:1', expected: undefined };
    const cancelled = await bench.run((tx) => bench.shop.get(CancelOrder).runOne(tx, cancellation));
    expect(cancelled).toMatchObject({ status: 'cancelling' });
  });

  it('that staff give back in full while it is on hold cancels the order and frees its stock', async () => {
    const pen = await bench.shop.aProduct({ amount: 1_000, onHand: 2 });
    const { order, paymentId } = await paidWith(eur(1_500), [{ sku: pen, quantity: 2 }]);
    await refund(order, paymentId, 500, 1_000);
    expect(await statesOf(order)).toBe('on_hold partially_refunded');
    await refund(order, paymentId, 1_500, 0);
    expect(await statesOf(order)).toBe('cancelled refunded');
    expect(await bench.level(pen)).toEqual({ onHand: 2, reserved: 0 });
  });

  it('for an order that has expired is given back', async () => {
    const order = await bench.anOrder([{ sku: mug, quantity: 2 }]);
    await bench.runOut(order.id);
    await bench.expire(order.id);
    expect(await bench.confirm(bench.captureOf(order, { amount: eur(1) }))).toEqual([{ giveBack: 'order_ended' }]);
  });
});

describe('a dispute', () => {
  it('shows on the order, and goes when the shop wins it', async () => {
    const { order, paymentId } = await paidWith(eur(2_000));
    await dispute(order, paymentId, 'open');
    expect(await statesOf(order)).toBe('confirmed disputed');
    await dispute(order, paymentId, 'won');
    expect(await statesOf(order)).toBe('confirmed paid');
  });

  it('that is won leaves what was refunded before refunded', async () => {
    const { order, paymentId } = await paidWith(eur(2_000));
    await refund(order, paymentId, 500, 1_500);
    await dispute(order, paymentId, 'open', { refunded: 500 });
    await dispute(order, paymentId, 'won', { refunded: 500 });
    expect(await statesOf(order)).toBe('confirmed partially_refunded');
  });

  it('that is lost has taken the money, also when nothing was heard of it before', async () => {
    const [heard, sudden] = [await paidWith(eur(2_000)), await paidWith(eur(2_000))];
    await dispute(heard.order, heard.paymentId, 'open');
    for (const { order, paymentId } of [heard, sudden]) await dispute(order, paymentId, 'lost');
    expect([await statesOf(heard.order), await statesOf(sudden.order)]).toEqual([
      'confirmed refunded',
      'confirmed refunded',
    ]);
  });

  it('whose end is heard of before its beginning has ended', async () => {
    const { order, paymentId } = await paidWith(eur(2_000));
    await dispute(order, paymentId, 'won');
    await dispute(order, paymentId, 'won');
    expect(await statesOf(order)).toBe('confirmed paid');
  });

  it('that is won about money that was given back meanwhile leaves the order refunded', async () => {
    const { order, paymentId } = await paidWith(eur(2_000));
    await dispute(order, paymentId, 'open');
    await dispute(order, paymentId, 'won', { refunded: 2_000 });
    expect(await statesOf(order)).toBe('confirmed refunded');
  });

  it('about an order that is being given up ends it when it is lost, and has the money given back when it is won', async () => {
    const [lost, won] = [await paidWith(eur(1_500)), await paidWith(eur(1_500))];
    for (const { order } of [lost, won]) {
      await bench.run((tx) => bench.shop.get(RefuseShortPayments).run(tx, [order.id]));
    }
    await dispute(lost.order, lost.paymentId, 'lost', { captured: 1_500 });
    expect(await statesOf(lost.order)).toBe('cancelled refunded');
    const { paymentId, order } = won;
    expect(await dispute(order, paymentId, 'won', { captured: 1_500 })).toEqual([
      { orderId: order.id, paymentId, cause: 'short_payment' },
    ]);
  });

  it('about another payment than the one that paid the order changes nothing', async () => {
    const { order } = await paidWith(eur(2_000));
    await dispute(order, newId('pay'), 'open');
    expect(await statesOf(order)).toBe('confirmed paid');
  });
});

describe('money that fits badly', () => {
  it('leaves the invariants of orders and stock as they were', async () => {
    expect(await bench.shop.violations()).toEqual([]);
  });
});
