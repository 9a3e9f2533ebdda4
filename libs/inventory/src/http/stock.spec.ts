import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import type { ApiClient } from '../../../../test/support/api-client.js';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { TestStock } from '../../../../test/support/test-stock.js';

let sandbox: ApiSandbox;
let stock: TestStock;
let staff: ApiClient;

beforeAll(async () => {
  sandbox = await ApiSandbox.open();
  staff = sandbox.staff;
  stock = new TestStock(sandbox);
});

afterAll(() => sandbox.close());

const adjust = (sku: string, delta: number, headers = {}) =>
  staff.post(`/v1/admin/stock/${sku}/adjustments`, { delta, reason: 'delivery' }, headers);

const count = (sku: string, onHand: number, headers: Record<string, string | undefined> = { 'if-match': '*' }) =>
  staff.put(`/v1/admin/stock/${sku}`, { onHand, reason: 'yearly count' }, headers);

describe('a stock level', () => {
  it('shows what is there, what is held and its version, which changes with both', async () => {
    const sku = await stock.stocked(5);
    const before = await staff.get(`/v1/admin/stock/${sku}`);
    expect(before).toMatchObject({ status: 200, body: { sku, onHand: 5, reserved: 0, available: 5, version: 1 } });
    expect(before.headers.get('etag')).toBe('"1"');
    await stock.holding(sku, 2);
    const after = await staff.get(`/v1/admin/stock/${sku}`);
    expect(after.body).toEqual({
      sku,
      location: 'default',
      onHand: 5,
      reserved: 2,
      available: 3,
      safetyStock: 0,
      backorderLimit: 0,
      lowStockAt: null,
      version: 2,
    });
    expect(after.headers.get('etag')).toBe('"2"');
  });

  it.each(['', '/movements', '/reservations'])('of a SKU that is not kept is not found (GET …%s)', async (path) => {
    expect(await staff.get(`/v1/admin/stock/NOT-KEPT${path}`)).toMatchObject({
      status: 404,
      body: { code: 'stock_not_found' },
    });
  });

  it('is for staff with the scope', async () => {
    const sku = await stock.stocked(1);
    const stranger = sandbox.api;
    expect(await stranger.get(`/v1/admin/stock/${sku}`)).toMatchObject({ status: 401 });
    expect(await stranger.put(`/v1/admin/stock/${sku}`, { onHand: 9, reason: 'mine' })).toMatchObject({ status: 401 });
    expect(await stock.level(sku)).toEqual({ onHand: 1, reserved: 0 });
  });

  it('comes in pages, by SKU', async () => {
    const made = [await stock.stocked(1), await stock.stocked(2), await stock.stocked(3)];
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? 'limit=2' : `limit=2&cursor=${cursor}`;
      const { body } = await staff.get(`/v1/admin/stock?${query}`);
      expect(body.data.length).toBeLessThanOrEqual(2);
      seen.push(...body.data.map((level: { sku: string }) => level.sku));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(seen.toSorted());
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(made));
  });
});

describe('an adjustment', () => {
  it('is a movement in the ledger, the latest first', async () => {
    const sku = await stock.stocked(5);
    const arrived = await staff.post(`/v1/admin/stock/${sku}/adjustments`, {
      delta: 7,
      reason: ' delivery ',
      reference: 'note 12',
    });
    expect(arrived).toMatchObject({
      status: 201,
      body: { sku, kind: 'adjustment', delta: 7, onHand: 12, reason: ' delivery ', reference: 'note 12' },
    });
    expect(arrived.body.level).toMatchObject({ sku, onHand: 12, reserved: 0, available: 12, version: 2 });
    expect(arrived.headers.get('etag')).toBe('"2"');
    expect(arrived.headers.get('location')).toBe(`/v1/admin/stock/${sku}/movements`);
    await adjust(sku, -2);
    const { body } = await staff.get(`/v1/admin/stock/${sku}/movements?limit=2`);
    expect(body.data).toMatchObject([
      { kind: 'adjustment', delta: -2, onHand: 10 },
      { kind: 'adjustment', delta: 7, onHand: 12 },
    ]);
    const rest = await staff.get(`/v1/admin/stock/${sku}/movements?limit=2&cursor=${body.nextCursor}`);
    expect(rest.body).toMatchObject({ data: [{ kind: 'opening', delta: 5, onHand: 5 }], nextCursor: null });
  });

  it('takes effect once for one key, however often it is sent', async () => {
    const sku = await stock.stocked(5);
    const headers = { 'idempotency-key': newId('key') };
    const first = await adjust(sku, 1, headers);
    const again = await adjust(sku, 1, headers);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await stock.level(sku)).toEqual({ onHand: 6, reserved: 0 });
    expect(await adjust(sku, 1, { 'idempotency-key': undefined })).toMatchObject({ status: 400 });
  });

  it('counts every one of 20 at once', async () => {
    const sku = await stock.stocked(0);
    const answers = await Promise.all(Array.from({ length: 20 }, () => adjust(sku, 1)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    expect(await stock.level(sku)).toEqual({ onHand: 20, reserved: 0 });
  });

  it('is refused below what orders hold, and names those that would go short: paid ones are served first', async () => {
    const sku = await stock.stocked(6);
    const [first, second, paid] = [
      await stock.holding(sku, 2),
      await stock.holding(sku, 1),
      await stock.holding(sku, 2),
    ];
    await sandbox.rows(
      `UPDATE inventory.reservations SET status = 'committed', committed_at = now() WHERE order_id = $1`,
      [paid],
    );
    const refused = await adjust(sku, -3);
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'below_reserved',
        onHand: 6,
        reserved: 5,
        ordersTotal: 1,
        orders: [{ orderId: first, quantity: 2, status: 'held' }],
      },
    });
    expect((await adjust(sku, -2)).body.orders).toMatchObject([{ orderId: second }]);
    expect(await stock.level(sku)).toEqual({ onHand: 6, reserved: 5 });
    expect(await adjust(sku, -1)).toMatchObject({ status: 201 });
  });

  it('is refused for a version that is not the current one', async () => {
    const sku = await stock.stocked(5);
    await adjust(sku, 1);
    expect(await adjust(sku, 1, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
      body: { code: 'stale_version', version: 2 },
    });
    expect(await adjust(sku, 1, { 'if-match': '"2"' })).toMatchObject({ status: 201 });
    expect(await adjust(sku, 1, { 'if-match': '2' })).toMatchObject({ status: 400 });
  });

  it.each([
    [{ delta: 0, reason: 'nothing' }, '/delta'],
    [{ delta: 1.5, reason: 'half' }, '/delta'],
    [{ delta: 1 }, '/reason'],
    [{ delta: 1, reason: 'two\nlines' }, '/reason'],
    [{ delta: 1, reason: 'more', price: 3 }, '/price'],
  ])('does not take %j', async (body, pointer) => {
    const sku = await stock.stocked(1);
    expect(await staff.post(`/v1/admin/stock/${sku}/adjustments`, body)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ pointer }] },
    });
  });

  it('does not go beyond what a level can count, and not to a SKU that is not kept', async () => {
    const sku = await stock.stocked(1);
    expect(await adjust(sku, 1_000_000_000)).toMatchObject({ status: 409, body: { code: 'stock_limit_exceeded' } });
    expect(await adjust('NOT-KEPT', 1)).toMatchObject({ status: 404, body: { code: 'stock_not_found' } });
  });
});

describe('a physical count', () => {
  it('sets what is on hand and leaves the difference in the ledger, also none', async () => {
    const sku = await stock.stocked(5);
    const { headers } = await staff.get(`/v1/admin/stock/${sku}`);
    const counted = await count(sku, 3, { 'if-match': headers.get('etag')! });
    expect(counted).toMatchObject({ status: 200, body: { onHand: 3, reserved: 0, version: 2 } });
    expect(counted.headers.get('etag')).toBe('"2"');
    expect(await count(sku, 3)).toMatchObject({ status: 200 });
    const { body } = await staff.get(`/v1/admin/stock/${sku}/movements`);
    expect(body.data).toMatchObject([
      { kind: 'count', delta: 0 },
      { kind: 'count', delta: -2, reason: 'yearly count' },
      { kind: 'opening' },
    ]);
  });

  it('is refused when somebody changed the level since, or when orders hold more', async () => {
    const sku = await stock.stocked(5);
    const orderId = await stock.holding(sku, 4);
    expect(await count(sku, 9, { 'if-match': '"1"' })).toMatchObject({ status: 412 });
    expect(await count(sku, 9, {})).toMatchObject({ status: 428, body: { code: 'precondition_required' } });
    expect(await count(sku, 3)).toMatchObject({
      status: 409,
      body: { code: 'below_reserved', orders: [{ orderId, quantity: 4 }] },
    });
    expect(await count('NOT-KEPT', 3)).toMatchObject({ status: 404 });
    expect(await stock.level(sku)).toEqual({ onHand: 5, reserved: 4 });
  });
});

describe('who holds a SKU', () => {
  it('is listed, the earliest order first, while the hold lasts', async () => {
    const sku = await stock.stocked(9);
    const [first, gone, last] = [await stock.holding(sku, 1), await stock.holding(sku, 2), await stock.holding(sku, 3)];
    await stock.release(gone, 'cancelled');
    const { body } = await staff.get(`/v1/admin/stock/${sku}/reservations`);
    expect(body).toMatchObject({
      data: [
        { orderId: first, quantity: 1, status: 'held' },
        { orderId: last, quantity: 3, status: 'held' },
      ],
      nextCursor: null,
    });
    expect(Date.parse(body.data[0].expiresAt)).toBeGreaterThan(Date.now());
  });
});

describe('the ledger', () => {
  it('and the levels and holds agree after all of this', async () => {
    expect(await sandbox.violations()).toEqual([]);
  });

  it('is never changed or shortened', async () => {
    const sku = await stock.stocked(5);
    await expect(sandbox.rows('UPDATE inventory.movements SET delta = 9 WHERE sku = $1', [sku])).rejects.toThrow(
      'never changed',
    );
    await expect(sandbox.rows('DELETE FROM inventory.movements WHERE sku = $1', [sku])).rejects.toThrow(
      'never changed',
    );
  });
});
