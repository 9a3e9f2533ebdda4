import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../../../../test/support/api-client.js';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { anOrder, TestStock } from '../../../../test/support/test-stock.js';

let sandbox: ApiSandbox;
let stock: TestStock;
let staff: ApiClient;

beforeAll(async () => {
  sandbox = await ApiSandbox.open();
  staff = sandbox.staff;
  stock = new TestStock(sandbox);
});

afterAll(() => sandbox.close());

const NORTH = { name: 'North', active: true, priority: 7, receivesReturns: false };

describe('a location', () => {
  it('is there from the first day, and others are created and replaced', async () => {
    expect(await staff.get('/v1/admin/locations/default')).toMatchObject({
      status: 200,
      body: { id: 'default', active: true, priority: 0, receivesReturns: true },
    });
    expect(await staff.put('/v1/admin/locations/north', NORTH)).toMatchObject({ status: 201, body: NORTH });
    expect(await staff.put('/v1/admin/locations/north', NORTH)).toMatchObject({ status: 200 });
    const { body } = await staff.get('/v1/admin/locations');
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(['default', 'north']);
    expect(await staff.get('/v1/admin/locations/south')).toMatchObject({
      status: 404,
      body: { code: 'location_not_found' },
    });
  });

  it('gets stock by a transfer or a movement, and the list shows levels and their sums', async () => {
    const sku = await stock.stocked(5);
    const carried = await staff.post(`/v1/admin/stock/${sku}/transfers`, {
      from: 'default',
      to: 'north',
      quantity: 2,
      reason: 'supply',
    });
    expect(carried).toMatchObject({
      status: 201,
      body: {
        levels: [
          { location: 'default', onHand: 3 },
          { location: 'north', onHand: 2 },
        ],
      },
    });
    const arrived = { delta: 4, reason: 'delivery', location: 'north' };
    expect(await staff.post(`/v1/admin/stock/${sku}/adjustments`, arrived)).toMatchObject({
      status: 201,
      body: { location: 'north', level: { location: 'north', onHand: 6 } },
    });
    expect(await staff.get(`/v1/admin/stock/${sku}?location=north`)).toMatchObject({ body: { onHand: 6 } });
    const { body } = await staff.get('/v1/admin/stock?limit=100');
    expect(body.data.find((each: { sku: string }) => each.sku === sku)).toMatchObject({
      onHand: 9,
      available: 9,
      levels: [
        { location: 'default', onHand: 3 },
        { location: 'north', onHand: 6 },
      ],
    });
    const movements = await staff.get(`/v1/admin/stock/${sku}/movements?reference=${carried.body.reference}`);
    expect(movements.body.data).toMatchObject([
      { kind: 'transfer', delta: 2, location: 'north' },
      { kind: 'transfer', delta: -2, location: 'default' },
    ]);
    const deliveries = await staff.get(`/v1/admin/stock/${sku}/movements?kind=adjustment&location=north`);
    expect(deliveries.body.data).toMatchObject([{ delta: 4 }]);
    expect((await staff.get(`/v1/admin/stock/${sku}/movements?to=2020-01-01T00:00:00Z`)).body.data).toEqual([]);
  });

  it('that the shop does not have takes no stock', async () => {
    const sku = await stock.stocked(5);
    const transfer = { from: 'default', to: 'nowhere', quantity: 2, reason: 'supply' };
    expect(await staff.post(`/v1/admin/stock/${sku}/transfers`, transfer)).toMatchObject({
      status: 404,
      body: { code: 'location_not_found' },
    });
    expect(await staff.post(`/v1/admin/stock/${sku}/transfers`, { ...transfer, to: 'default' })).toMatchObject({
      status: 422,
    });
  });
});

describe('a count that accepts a shortage', () => {
  it('names the orders that it shorted, and they can be found with the cause', async () => {
    const sku = await stock.stocked(3);
    const orderId = await stock.holding(sku, 3);
    const counted = { onHand: 2, reason: 'fire', acceptShortage: true };
    expect(await staff.put(`/v1/admin/stock/${sku}`, counted, { 'if-match': '*' })).toMatchObject({
      status: 200,
      body: { onHand: 2, reserved: 0, shortedOrders: [{ orderId, quantity: 3 }], shortedOrdersTotal: 1 },
    });
    expect((await staff.get(`/v1/admin/reservations?orderId=${orderId}`)).body.data).toMatchObject([
      { sku, location: 'default', quantity: 3, status: 'released', cause: 'shorted' },
    ]);
  });
});

describe('the policy of a level', () => {
  it('shows units that are owed at the orders that come last', async () => {
    const sku = await stock.stocked(3);
    const policy = { safetyStock: 0, backorderLimit: 4, lowStockAt: 1 };
    expect(await staff.put(`/v1/admin/stock/${sku}/policy`, policy)).toMatchObject({
      status: 200,
      body: { ...policy, available: 7 },
    });
    const [first, second] = [await stock.holding(sku, 2), await stock.holding(sku, 3)];
    const { body } = await staff.get(`/v1/admin/stock/${sku}/reservations?limit=1`);
    expect(body.data).toMatchObject([{ orderId: first, backordered: 0 }]);
    const rest = await staff.get(`/v1/admin/stock/${sku}/reservations?limit=1&cursor=${body.nextCursor}`);
    expect(rest.body).toMatchObject({ data: [{ orderId: second, backordered: 2 }], nextCursor: null });
    expect(await staff.get(`/v1/admin/stock/${sku}/reservations?cursor=bm9uZQ`)).toMatchObject({ status: 422 });
    expect((await staff.get(`/v1/admin/stock/${sku}/reservations?orderId=${second}`)).body.data).toHaveLength(1);
    expect((await staff.get(`/v1/admin/stock/${sku}/reservations?status=committed`)).body.data).toEqual([]);
    const lower = { ...policy, backorderLimit: 1 };
    expect(await staff.put(`/v1/admin/stock/${sku}/policy`, lower)).toMatchObject({
      status: 409,
      body: { code: 'below_reserved', orders: [{ orderId: second }] },
    });
  });

  it('leaves all invariants true after all of this', async () => {
    await stock.hold(anOrder([await stock.stocked(1), 1]));
    expect(await sandbox.violations()).toEqual([]);
  });
});
