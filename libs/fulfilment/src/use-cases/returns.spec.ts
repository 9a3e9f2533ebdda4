import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FulfilledGoods } from '#contracts';
import { newId } from '#kernel';
import {
  InvalidTransition,
  OverReceipt,
  OverReturn,
  RefundExceedsOrder,
  SkuNotOrdered,
} from '../domain/fulfilment.errors.js';
import { listReturns } from '../persistence/list-goods.js';
import { eur, FulfilmentBench } from './fulfilment-bench.suite.js';

let bench: FulfilmentBench;

beforeAll(async () => {
  bench = await FulfilmentBench.open();
});

afterAll(() => bench?.close());

const mugs = (quantity: number) => [{ sku: 'MUG', quantity }];
const came = (restocked: number, writtenOff = 0) => [{ sku: 'MUG', restocked, writtenOff }];

/** Five mugs for 10.00 EUR, of which some have left, and two plates for 6.00. */
async function aShippedOrder(units = 5) {
  const orderId = bench.anOrder();
  await bench.ship(orderId, mugs(units));
  return orderId;
}

describe('a return', () => {
  it('asks for no more than has left, without what has come back and what others ask for', async () => {
    const orderId = await aShippedOrder(4);
    await bench.request(orderId, mugs(2));
    const error = await bench.request(orderId, mugs(3)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OverReturn);
    expect(error).toMatchObject({ data: { items: [{ sku: 'MUG', requested: 3, left: 2 }] } });
    await expect(bench.request(orderId, [{ sku: 'PLATE', quantity: 1 }])).rejects.toThrow(OverReturn);
    await expect(bench.request(orderId, [{ sku: 'CUP', quantity: 1 }])).rejects.toThrow(SkuNotOrdered);
    await bench.request(orderId, mugs(2));
  });

  it('comes back in parts, restocked or written off, with the prices of its units', async () => {
    const orderId = await aShippedOrder();
    const first = await bench.request(orderId, mugs(3));
    const received = await bench.receive(first.id, came(2, 1), { location: 'attic' });
    expect(received).toMatchObject({
      status: 'received',
      refund: eur(600),
      location: 'attic',
      closedBy: 'staff:admin',
    });
    expect((await bench.eventsOf(first.id)).at(-1)).toEqual({
      type: 'return.received.v1',
      sequence: 2,
      data: {
        returnId: first.id,
        orderId,
        location: 'attic',
        lines: [{ sku: 'MUG', restocked: 2, writtenOff: 1 }],
        refund: eur(600),
      },
    });
    const second = await bench.request(orderId, mugs(2));
    expect((await bench.receive(second.id, came(0, 2))).refund).toEqual(eur(400));
    // Two plates have not left yet, so the order goes on.
    expect(bench.toldOf(orderId)).toEqual(['shipped', 'returned', 'returned']);
    await bench.ship(orderId);
    const third = await bench.request(orderId, [{ sku: 'PLATE', quantity: 2 }]);
    await bench.receive(third.id, [{ sku: 'PLATE', restocked: 2, writtenOff: 0 }]);
    expect(bench.toldOf(orderId).at(-1)).toBe('all returned');
  });

  it('takes no more than it asks for, and what has not come can be asked for anew', async () => {
    const orderId = await aShippedOrder();
    const { id } = await bench.request(orderId, mugs(5));
    const error = await bench.receive(id, came(5, 1)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OverReceipt);
    expect(error).toMatchObject({ data: { items: [{ sku: 'MUG', requested: 6, left: 5 }] } });
    await expect(bench.receive(id, [{ sku: 'PLATE', restocked: 1, writtenOff: 0 }])).rejects.toThrow(OverReceipt);
    await bench.receive(id, came(1));
    await expect(bench.request(orderId, mugs(5))).rejects.toThrow(OverReturn);
    await bench.request(orderId, mugs(4));
  });

  it('gives back what staff name, nothing where they say so, and never more than the order’s total', async () => {
    const orderId = await aShippedOrder();
    const [first, second] = [await bench.request(orderId, mugs(1)), await bench.request(orderId, mugs(1))];
    await expect(bench.receive(first.id, came(1), { refund: eur(1_601) })).rejects.toThrow(RefundExceedsOrder);
    expect((await bench.receive(first.id, came(1), { refund: eur(1_500) })).refund).toEqual(eur(1_500));
    expect((await bench.receive(second.id, came(1))).refund).toEqual(eur(100));
    const third = await bench.request(orderId, mugs(1));
    expect((await bench.receive(third.id, came(1), { refund: 'none' })).refund).toBeNull();
  });

  it('is received by one of many who receive it at once', async () => {
    const { id } = await bench.request(await aShippedOrder(), mugs(2));
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => bench.receive(id, came(2))));
    const errors = all.flatMap((result) => (result.status === 'rejected' ? [(result.reason as Error).name] : []));
    expect(errors).toEqual(Array.from({ length: 19 }, () => 'InvalidTransition'));
  });

  it('ends once: what is cancelled is not received, and its goods can be asked for anew', async () => {
    const orderId = await aShippedOrder();
    const { id } = await bench.request(orderId, mugs(5));
    expect(await bench.cancel(id)).toMatchObject({ status: 'cancelled', cancelReason: 'kept' });
    await expect(bench.cancel(id)).rejects.toThrow(InvalidTransition);
    await expect(bench.receive(id, came(1))).rejects.toThrow(InvalidTransition);
    expect((await bench.eventsOf(id)).map(({ type }) => type)).toEqual(['return.requested.v1', 'return.cancelled.v1']);
    await bench.request(orderId, mugs(5));
  });

  it('is received or cancelled, not both, when staff do both at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await bench.request(await aShippedOrder(), mugs(2));
      const all = await Promise.allSettled([bench.receive(id, came(1)), bench.cancel(id)]);
      expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });

  it('is listed by its state', async () => {
    const orderId = await aShippedOrder();
    const { id } = await bench.request(orderId, mugs(1));
    await bench.cancel((await bench.request(orderId, mugs(1))).id);
    const slice = { orderId, status: 'requested', after: undefined, count: 5 } as const;
    expect(await bench.transactions.read((db) => listReturns(db, slice))).toMatchObject([
      { id, lines: [{ sku: 'MUG' }] },
    ]);
  });

  it('is known to others exactly as it came', async () => {
    const orderId = await aShippedOrder();
    const { id: returnId } = await bench.request(orderId, mugs(3));
    const claim = { returnId, orderId, location: null, lines: came(1, 1), refund: eur(400) };
    const ask = (...claims: (typeof claim | (Omit<typeof claim, 'refund'> & { refund: null }))[]) =>
      bench.transactions.read((db) => bench.get(FulfilledGoods).areReceived(db, claims));
    expect(await ask(claim)).toEqual([false]);
    await bench.receive(returnId, came(1, 1));
    expect(
      await ask(
        claim,
        { ...claim, refund: eur(401) },
        { ...claim, refund: null },
        { ...claim, lines: came(2, 0) },
        { ...claim, orderId: newId('order') },
      ),
    ).toEqual([true, false, false, false, false]);
  });

  it('leaves every invariant as it was', async () => {
    expect(await bench.violated()).toEqual([]);
  });
});
