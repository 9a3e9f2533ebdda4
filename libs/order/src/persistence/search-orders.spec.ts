import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { firstIdAt, type Id } from '#kernel';
import { MessagingModule } from '#messaging';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.js';
import { OrderModule } from '../order.module.js';
import { SEARCH_ORDERS, searchFor, type OrderFilter } from './search-orders.js';

const ORDERS = 50_000;
const COUNT = 21;
/** Of the first order; each comes ten seconds after the one before. */
const FIRST_AT = Date.UTC(2026, 0, 1);
const EVERY_MS = 10_000;
const at = (number: number) => new Date(FIRST_AT + number * EVERY_MS);

let database: TestDatabase;
let client: Client;

/** Most orders are delivered; a few wait. A tenth of all orders has the SKU that everybody buys. */
const FILL = `
  WITH made AS (
    INSERT INTO orders.orders (id, number, cart_id, status, payment_status, fulfilment_status, currency, subtotal, discount, delivery, tax,
      total, email, shipping_address, reservation_expires_at, placed_at, confirmed_at, payment_id, hold_reason, last_sequence)
    SELECT id, (100000 + n)::text, 'cart_' || n,
      CASE WHEN n % 1000 = 1 THEN 'on_hold' WHEN n % 50 = 2 THEN 'cancelled' ELSE 'delivered' END,
      CASE WHEN n % 1000 = 1 THEN 'partially_paid' WHEN n % 50 = 2 THEN 'none' WHEN n % 500 = 3 THEN 'disputed' ELSE 'paid' END,
      CASE WHEN n % 50 = 2 OR n % 1000 = 1 THEN 'unfulfilled' ELSE 'fulfilled' END,
      'EUR', 100, 0, 0, 0, 100, 'Buyer' || n % 5000 || '@Example.com', '{}', placed_at, placed_at,
      CASE WHEN n % 50 <> 2 THEN placed_at END, CASE WHEN n % 50 <> 2 THEN 'pay_' || n END,
      CASE WHEN n % 1000 = 1 THEN 'short_payment' END, 1
    FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY AS input (id, placed_at, n)
    RETURNING id, number::integer - 100000 AS n, total
  )
  INSERT INTO orders.lines (order_id, position, sku, name, unit_price, quantity, line_total)
  SELECT id, position, CASE WHEN position = 2 THEN 'SKU-' || n % 2000 WHEN n % 10 = 0 THEN 'POPULAR' ELSE 'OTHER-' || n % 300 END, 'Mug', 50, 1, 50
  FROM made, generate_series(1, 2) AS position`;

/** What it was filled with has no history, so nothing is notified. */
async function fill(): Promise<void> {
  // A check of every line would take longer than the rest.
  await client.query('ALTER TABLE orders.lines DROP CONSTRAINT lines_order_id_fkey');
  const numbers = Array.from({ length: ORDERS }, (_, index) => index + 1);
  await client.query(FILL, [numbers.map((n) => firstIdAt('order', at(n))), numbers.map(at)]);
  await client.query('VACUUM (ANALYZE) orders.orders, orders.lines, orders.history');
}

beforeAll(async () => {
  database = await createTestDatabase([MessagingModule.schema, OrderModule.schema]);
  client = new Client({ connectionString: database.url });
  await client.connect();
  await fill();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

interface Plan {
  readonly nodes: readonly string[];
  /** Rows that were read, those that a filter threw away among them. */
  readonly read: number;
}

/** How PostgreSQL executes the search, planned for these parameters or for any. */
async function planOf(filter: OrderFilter, mode: 'force_generic_plan' | 'force_custom_plan', before?: Id<'order'>) {
  const { key, params } = searchFor(filter, { before, count: COUNT });
  await client.query(`SET plan_cache_mode = ${mode}`);
  await client.query('DEALLOCATE ALL');
  await client.query(`PREPARE search AS ${SEARCH_ORDERS[key]!.sql}`);
  const values = params.map((param) => literalOf(param)).join(', ');
  const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE search (${values})`);
  return planFrom(rows[0]['QUERY PLAN'][0].Plan);
}

function literalOf(value: unknown): string {
  if (Array.isArray(value)) return `ARRAY[${value.map((each) => literalOf(each)).join(', ')}]`;
  return typeof value === 'number'
    ? String(value)
    : client.escapeLiteral(value instanceof Date ? value.toISOString() : String(value));
}

function planFrom(node: any): Plan {
  const below = ((node.Plans ?? []) as any[]).map((each) => planFrom(each));
  const loops = node['Actual Loops'] as number;
  const isScan = /Scan/.test(node['Node Type']) && node['Relation Name'] !== undefined;
  const own = isScan ? loops * (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) : 0;
  return {
    nodes: [`${node['Node Type']} ${node['Relation Name'] ?? ''}`.trim(), ...below.flatMap(({ nodes }) => nodes)],
    read: own + below.reduce((sum, { read }) => sum + read, 0),
  };
}

async function found(filter: OrderFilter, before?: Id<'order'>): Promise<number[]> {
  const { key, params } = searchFor(filter, { before, count: COUNT });
  const { rows } = await client.query<{ number: number }>(
    `SELECT number::integer - 100000 AS number FROM orders.orders WHERE id IN (${SEARCH_ORDERS[key]!.sql}) ORDER BY id DESC`,
    [...params],
  );
  return rows.map(({ number }) => number);
}

/** What a look at every order finds. */
async function expected(condition: string): Promise<number[]> {
  const { rows } = await client.query<{ number: number }>(
    `SELECT number::integer - 100000 AS number FROM orders.orders WHERE ${condition} ORDER BY id DESC LIMIT ${COUNT}`,
  );
  return rows.map(({ number }) => number);
}

const has = (sku: string) => `EXISTS (SELECT FROM orders.lines WHERE order_id = id AND sku = '${sku}')`;
const [early, late] = [at(20_000), at(20_100)];
const dated = `placed_at >= '${early.toISOString()}' AND placed_at < '${late.toISOString()}'`;

/** Each with the condition that says the same, and how many rows it may read: far fewer than there are. */
const searches: [name: string, filter: OrderFilter, condition: string, readMax: number][] = [
  ['nothing', {}, 'true', 50],
  ['a number', { number: '120000' }, `number = '120000'`, 5],
  ['a number that there is not', { number: '7' }, 'false', 5],
  ['an e-mail in another case', { email: 'bUYER77@example.COM' }, `email = 'Buyer77@Example.com'`, 100],
  ['a frequent SKU', { sku: 'POPULAR' }, has('POPULAR'), 100],
  ['a rare SKU', { sku: 'SKU-7' }, has('SKU-7'), 100],
  ['a frequent status', { status: ['delivered'] }, `status = 'delivered'`, 2_000],
  ['a rare status', { status: ['on_hold'] }, `status = 'on_hold'`, 2_000],
  ['a payment status', { paymentStatus: ['disputed'] }, `payment_status = 'disputed'`, 2_000],
  ['a fulfilment status', { fulfilmentStatus: ['unfulfilled'] }, `fulfilment_status = 'unfulfilled'`, 2_000],
  [
    'several states of several axes',
    { status: ['on_hold', 'cancelled'], paymentStatus: ['none', 'partially_paid'] },
    `status IN ('on_hold', 'cancelled') AND payment_status IN ('none', 'partially_paid')`,
    2_000,
  ],
  ['a time', { placedFrom: early, placedTo: late }, dated, 300],
  ['what is before a time', { placedTo: late }, `placed_at < '${late.toISOString()}'`, 300],
  ['what is after a time', { placedFrom: early }, `placed_at >= '${early.toISOString()}'`, 50],
  [
    'a status and a time',
    { status: ['delivered'], placedFrom: early, placedTo: late },
    `status = 'delivered' AND ${dated}`,
    2_000,
  ],
  [
    'an e-mail, a status and a time',
    { email: 'buyer77@example.com', status: ['delivered'], placedTo: late },
    `email = 'Buyer77@Example.com' AND status = 'delivered' AND placed_at < '${late.toISOString()}'`,
    100,
  ],
  ['a SKU and a status', { sku: 'SKU-2', status: ['cancelled'] }, `status = 'cancelled' AND ${has('SKU-2')}`, 500],
  ['a SKU and a time', { sku: 'POPULAR', placedFrom: early, placedTo: late }, `${has('POPULAR')} AND ${dated}`, 300],
  [
    'an e-mail and a SKU',
    { email: 'buyer70@example.com', sku: 'POPULAR' },
    `email = 'Buyer70@Example.com' AND ${has('POPULAR')}`,
    200,
  ],
  [
    'everything',
    {
      number: '120010',
      email: 'BUYER10@example.com',
      sku: 'POPULAR',
      status: ['delivered'],
      paymentStatus: ['paid'],
      fulfilmentStatus: ['fulfilled'],
      placedFrom: early,
      placedTo: late,
    },
    `number = '120010'`,
    10,
  ],
];

describe('a search for orders', () => {
  it.each(searches)('by %s finds what a look at every order finds', async (_, filter, condition) => {
    expect(await found(filter)).toEqual(await expected(condition));
  });

  it.each(searches)('by %s reads few rows, whatever it is planned for', async (_, filter, __, readMax) => {
    for (const mode of ['force_custom_plan', 'force_generic_plan'] as const) {
      const { nodes, read } = await planOf(filter, mode);
      expect([mode, nodes.filter((node) => /^(Parallel )?Seq Scan/.test(node))]).toEqual([mode, []]);
      expect([mode, nodes, read <= readMax ? 'few' : read]).toEqual([mode, nodes, 'few']);
    }
  });

  it('goes on where the page before ended, also far behind', async () => {
    const before = firstIdAt('order', at(1_000));
    for (const filter of [{}, { status: ['delivered'] }, { sku: 'POPULAR' }] as const) {
      const page = await found(filter, before);
      expect([page.length, Math.max(...page) < 1_000]).toEqual([COUNT, true]);
      const { nodes, read } = await planOf(filter, 'force_generic_plan', before);
      expect([nodes, read <= 2_000]).toEqual([nodes, true]);
    }
  });
});
