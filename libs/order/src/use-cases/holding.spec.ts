import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newTrace, runInTrace } from '#observability';
import { HoldOrder } from './hold-order.js';
import type { OrderBench } from './order-bench.suite.js';
import { PaidOrders, refusal } from './paid-orders.suite.js';
import { ReleaseOrder } from './release-order.js';

let paid: PaidOrders;
let bench: OrderBench;

beforeAll(async () => {
  paid = await PaidOrders.open();
  ({ bench } = paid);
});

afterAll(() => paid?.close());

describe('an order that staff put on hold', () => {
  it('is not shipped, follows its money, and goes on when it is released', async () => {
    const { sku, order, paymentId } = await paid.aPaidOrder();
    expect(await paid.decide(HoldOrder, order)).toMatchObject({ status: 'on_hold', holdReason: 'staff' });
    await expect(paid.decide(HoldOrder, order)).rejects.toMatchObject(refusal);
    await expect(paid.ship(order, true)).rejects.toMatchObject({
      code: 'invalid_transition',
      data: { from: 'on_hold' },
    });
    expect(await bench.level(sku)).toMatchObject({ reserved: 2 });
    await paid.refunded(order, paymentId, 500);
    expect(await paid.statesOf(order)).toBe('on_hold partially_refunded unfulfilled');
    expect(await paid.decide(ReleaseOrder, order)).toMatchObject({ status: 'confirmed', holdReason: null });
    await paid.ship(order, true);
    expect((await bench.events(order.id)).slice(2, 5)).toEqual([
      '3 order.held.v2',
      '4 order.partially_refunded.v1',
      '5 order.released.v1',
    ]);
  });

  it('may have left in part', async () => {
    const { order } = await paid.aPaidOrder();
    await paid.ship(order, false);
    await paid.decide(HoldOrder, order);
    await expect(paid.ship(order, true)).rejects.toMatchObject(refusal);
    await paid.decide(ReleaseOrder, order);
    await paid.ship(order, true);
    expect(await paid.statesOf(order)).toBe('shipped paid fulfilled');
    await expect(paid.decide(HoldOrder, order)).rejects.toMatchObject(refusal);
  });
});

it('names the trace of a change in the history and in its event', async () => {
  const trace = newTrace();
  const { order } = await runInTrace(trace, () => paid.aPaidOrder());
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
