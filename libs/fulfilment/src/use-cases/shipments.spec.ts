import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FulfilledGoodsAdapter } from '../adapters/fulfilled-goods.adapter.js';
import { FulfilledGoods } from '#contracts';
import { newId } from '#kernel';
import { listShipments } from '../persistence/list-goods.js';
import { AlreadyShipped, OverShipment, ShipmentNotFound, SkuNotOrdered } from '../domain/fulfilment.errors.js';
import { CorrectTracking } from './correct-tracking.js';
import { FulfilmentBench } from './fulfilment-bench.suite.js';

let bench: FulfilmentBench;

beforeAll(async () => {
  bench = await FulfilmentBench.open();
});

afterAll(() => bench?.close());

const STAFF_AT_ONCE = 50;
const tracking = { carrier: 'DHL', number: '0034' };

const settled = (work: readonly Promise<unknown>[]) => Promise.allSettled(work);
const errorsOf = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as Error).name] : []));

describe('shipping an order', () => {
  it('takes everything by default, publishes it, and tells the order that all of it has left', async () => {
    const orderId = bench.anOrder();
    const shipment = await bench.ship(orderId, undefined, { tracking, location: 'attic' });
    expect(shipment).toMatchObject({
      orderId,
      status: 'shipped',
      tracking,
      location: 'attic',
      shippedBy: 'staff:admin',
    });
    const lines = [
      { sku: 'MUG', quantity: 5 },
      { sku: 'PLATE', quantity: 2 },
    ];
    const data = { shipmentId: shipment.id, orderId, lines, location: 'attic' };
    expect(await bench.eventsOf(shipment.id)).toEqual([{ type: 'shipment.shipped.v1', sequence: 1, data }]);
    expect(bench.toldOf(orderId)).toEqual(['all shipped']);
  });

  it('goes in parts, and completes the order with the last one', async () => {
    const orderId = bench.anOrder();
    await bench.ship(orderId, [{ sku: 'MUG', quantity: 2 }]);
    await bench.ship(orderId, [
      { sku: 'MUG', quantity: 3 },
      { sku: 'PLATE', quantity: 1 },
    ]);
    const last = await bench.ship(orderId);
    expect(last.lines).toMatchObject([{ sku: 'PLATE', quantity: 1 }]);
    expect(bench.toldOf(orderId)).toEqual(['shipped', 'shipped', 'all shipped']);
    await expect(bench.ship(orderId)).rejects.toThrow(AlreadyShipped);
    await expect(bench.ship(orderId, [{ sku: 'MUG', quantity: 1 }])).rejects.toThrow(AlreadyShipped);
  });

  it('is refused above what is left of a line, which is named with its rest, and for goods that were not ordered', async () => {
    const orderId = bench.anOrder();
    await bench.ship(orderId, [{ sku: 'MUG', quantity: 3 }]);
    const error = await bench.ship(orderId, [{ sku: 'MUG', quantity: 3 }]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OverShipment);
    expect(error).toMatchObject({ data: { items: [{ sku: 'MUG', requested: 3, left: 2 }] } });
    await expect(bench.ship(orderId, [{ sku: 'CUP', quantity: 1 }])).rejects.toThrow(SkuNotOrdered);
    expect(bench.toldOf(orderId)).toEqual(['shipped']);
  });

  it('is done by one of many who ship the same rest at once', async () => {
    const orderId = bench.anOrder();
    const all = await settled(Array.from({ length: STAFF_AT_ONCE }, () => bench.ship(orderId)));
    expect(errorsOf(all)).toEqual(Array.from({ length: STAFF_AT_ONCE - 1 }, () => 'AlreadyShipped'));
  });

  it('never takes more than was ordered, however many ship single units at once', async () => {
    const orderId = bench.anOrder({ MUG: [7, 700] });
    const single = [{ sku: 'MUG', quantity: 1 }];
    const all = await settled(Array.from({ length: STAFF_AT_ONCE }, () => bench.ship(orderId, single)));
    expect(errorsOf(all)).toHaveLength(STAFF_AT_ONCE - 7);
    expect(await bench.rows('SELECT shipped FROM fulfilment.order_lines WHERE order_id = $1', [orderId])).toEqual([
      { shipped: 7 },
    ]);
    expect(bench.toldOf(orderId).at(-1)).toBe('all shipped');
  });

  it('is refused by the table where the order was not locked', async () => {
    const orderId = bench.anOrder();
    await bench.ship(orderId, [{ sku: 'MUG', quantity: 3 }]);
    const write = bench.transactions.run((tx) =>
      tx.query('UPDATE fulfilment.order_lines SET shipped = 6 WHERE order_id = $1', [orderId]),
    );
    await expect(write).rejects.toThrow(/order_lines_shipped_within_ordered/);
  });
});

describe('a shipment', () => {
  it('arrives once, and the last one of a shipped order completes it', async () => {
    const orderId = bench.anOrder();
    const first = await bench.ship(orderId, [{ sku: 'MUG', quantity: 5 }]);
    await bench.deliver(first.id);
    const second = await bench.ship(orderId);
    const delivered = await bench.deliver(second.id);
    expect(delivered).toMatchObject({ status: 'delivered', deliveredBy: 'staff:admin' });
    expect(await bench.deliver(second.id)).toEqual(delivered);
    expect(bench.toldOf(orderId)).toEqual(['shipped', 'delivered', 'all shipped', 'all delivered']);
    expect((await bench.eventsOf(second.id)).map(({ type }) => type)).toEqual([
      'shipment.shipped.v1',
      'shipment.delivered.v1',
    ]);
    await expect(bench.deliver(newId('shp'))).rejects.toThrow(ShipmentNotFound);
  });

  it('arrives once when many say so at the same time, and of two at once one completes the order', async () => {
    const orderId = bench.anOrder();
    const ids = [(await bench.ship(orderId, [{ sku: 'MUG', quantity: 5 }])).id, (await bench.ship(orderId)).id];
    await Promise.all([...ids, ...ids, ...ids].map((id) => bench.deliver(id)));
    expect(bench.toldOf(orderId).slice(2)).toEqual(['delivered', 'all delivered']);
  });

  it('gets its tracking later, with an entry in the audit that says what it was before', async () => {
    const orderId = bench.anOrder();
    const { id: shipmentId } = await bench.ship(orderId, undefined, { tracking });
    const corrected = { carrier: 'UPS', number: '1Z', url: 'https://example.com/1Z' };
    const request = { shipmentId, tracking: corrected, actor: 'staff:admin' };
    const shipment = await bench.transactions.run((tx) => bench.get(CorrectTracking).runOne(tx, request));
    expect(shipment.tracking).toEqual(corrected);
    expect(
      await bench.rows(`SELECT before, after FROM audit.entries WHERE action = 'shipment.track' AND subject_id = $1`, [
        orderId,
      ]),
    ).toEqual([{ before: { shipmentId, tracking }, after: { shipmentId, tracking: corrected } }]);
  });

  it('is listed with its lines, page by page, the newest first', async () => {
    const orderId = bench.anOrder({ MUG: [3, 300], PLATE: [3, 300] });
    for (const quantity of [1, 2]) {
      await bench.ship(orderId, [
        { sku: 'PLATE', quantity },
        { sku: 'MUG', quantity },
      ]);
    }
    const first = await bench.transactions.read((db) => listShipments(db, { orderId, after: undefined, count: 1 }));
    expect(first).toMatchObject([{ lines: [{ sku: 'MUG', quantity: 2 }, { sku: 'PLATE' }] }]);
    const slice = { orderId, status: 'shipped', after: first[0]!.id, count: 5 } as const;
    expect(await bench.transactions.read((db) => listShipments(db, slice))).toMatchObject([
      { lines: [{ quantity: 1 }, {}] },
    ]);
  });

  it('is known to others exactly as it left', async () => {
    const orderId = bench.anOrder();
    const { id: shipmentId } = await bench.ship(orderId, [
      { sku: 'PLATE', quantity: 1 },
      { sku: 'MUG', quantity: 2 },
    ]);
    const lines = [
      { sku: 'MUG', quantity: 2 },
      { sku: 'PLATE', quantity: 1 },
    ];
    const claim = { shipmentId, orderId, location: null, lines };
    const claims = [
      claim,
      { ...claim, lines: lines.toReversed() },
      { ...claim, lines: lines.slice(0, 1) },
      { ...claim, lines: [...lines, lines[0]!] },
      { ...claim, lines: [{ sku: 'MUG', quantity: 3 }, lines[1]!] },
      { ...claim, location: 'attic' },
      { ...claim, orderId: newId('order') },
      { ...claim, shipmentId: newId('shp') },
    ];
    const goods = bench.get(FulfilledGoods);
    expect(goods).toBeInstanceOf(FulfilledGoodsAdapter);
    expect(await bench.transactions.read((db) => goods.areShipped(db, claims))).toEqual([
      true,
      true,
      ...Array.from({ length: 6 }, () => false),
    ]);
  });

  it('leaves every invariant as it was', async () => {
    expect(await bench.violated()).toEqual([]);
  });
});
