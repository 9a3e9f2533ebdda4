import { col, statement, type Reader, type Statement } from '#database';
import { firstIdAt, type Id } from '#kernel';
import {
  FULFILMENT_STATUSES,
  ORDER_STATUSES,
  PAYMENT_STATUSES,
  type FulfilmentStatus,
  type OrderStatus,
  type PaymentStatus,
} from '../domain/order-states.js';

/** Which orders are meant: those that all of it is true of. What is absent is not asked for. */
export interface OrderFilter {
  readonly status?: readonly OrderStatus[] | undefined;
  readonly paymentStatus?: readonly PaymentStatus[] | undefined;
  readonly fulfilmentStatus?: readonly FulfilmentStatus[] | undefined;
  readonly number?: string | undefined;
  readonly sku?: string | undefined;
  /** Case does not count. */
  readonly email?: string | undefined;
  readonly placedFrom?: Date | undefined;
  /** Exclusive. */
  readonly placedTo?: Date | undefined;
}

/** By how much the clock of the process that made an id may differ from PostgreSQL's, which says when the order was placed. */
const CLOCKS_DIFFER_MAX_MS = 5 * 60_000;
/** Sorts behind all ids. */
const LAST_ID = 'order`';

/** What leads to the orders: the narrowest that was given. The others are looked at on the orders that were found. */
type Lead = 'number' | 'email' | 'sku' | 'states' | 'all';
type Input =
  | 'before' | 'from' | 'count' | 'number' | 'email' | 'sku' | 'status' | 'paymentStatus' | 'fulfilmentStatus'
  | 'placedFrom' | 'placedTo'; // prettier-ignore

type ConditionName = 'number' | 'email' | 'sku' | 'states' | 'dates';

interface Form {
  readonly lead: Lead;
  readonly also: readonly ('email' | 'sku' | 'states' | 'dates')[];
}

const CONDITIONS: Readonly<Record<ConditionName, readonly [sql: string, ...inputs: Input[]]>> = {
  number: ['orders.number = $', 'number'],
  email: ['lower(orders.email) = lower($)', 'email'],
  sku: ['(SELECT true FROM orders.lines WHERE order_id = orders.id AND sku = $ LIMIT 1)', 'sku'],
  dates: ['orders.placed_at >= $::timestamptz AND orders.placed_at < $::timestamptz', 'placedFrom', 'placedTo'],
  states: [
    'orders.status = ANY ($::text[]) AND orders.payment_status = ANY ($::text[]) AND orders.fulfilment_status = ANY ($::text[])',
    'status',
    'paymentStatus',
    'fulfilmentStatus',
  ],
};
/** Of a table that has the ids of orders. */
const page = (id: string): string => `${id} < $before AND ${id} >= $from`;

/** Each combination of filters has a statement of its own: one for all would have one plan for all, and read everything. */
function sqlOf({ lead, also }: Form): string {
  const others = also.map((name) => ` AND ${conditionOf(name)}`).join('');
  const end = 'ORDER BY orders.id DESC LIMIT $count';
  if (lead === 'states') return byStates(others);
  if (lead === 'sku') return bySku(others);
  const first = lead === 'all' ? '' : ` AND ${conditionOf(lead)}`;
  return `SELECT orders.id FROM orders.orders AS orders WHERE ${page('orders.id')}${first}${others} ${end}`;
}

/** The same SKU twice in an order finds it once. OFFSET keeps PostgreSQL from reading both tables from their ends until they meet. */
function bySku(others: string): string {
  const lines = `SELECT DISTINCT ON (order_id) order_id AS id FROM orders.lines WHERE sku = $sku AND ${page('order_id')} ORDER BY order_id DESC`;
  if (others === '') return `${lines} LIMIT $count`;
  return `SELECT line.id FROM (${lines}) AS line
    CROSS JOIN LATERAL (SELECT FROM orders.orders AS orders WHERE orders.id = line.id${others} OFFSET 0) AS orders
    ORDER BY line.id DESC LIMIT $count`;
}

/**
 * One short look at the index for each combination of states; where an axis is not asked for, for all its states. Rows are compared, and not
 * ids: with the index of ids alone each look would read everything between the two.
 */
function byStates(others: string): string {
  const states = 'orders.status, orders.payment_status, orders.fulfilment_status';
  return `SELECT found.id FROM unnest($status::text[]) AS a (status) CROSS JOIN unnest($paymentStatus::text[]) AS b (status)
      CROSS JOIN unnest($fulfilmentStatus::text[]) AS c (status) CROSS JOIN LATERAL (
      SELECT orders.id FROM orders.orders AS orders
      WHERE orders.status = a.status AND orders.payment_status = b.status AND orders.fulfilment_status = c.status
        AND (${states}, orders.id) < (a.status, b.status, c.status, $before)
        AND (${states}, orders.id) >= (a.status, b.status, c.status, $from)${others}
      ORDER BY orders.id DESC LIMIT $count
    ) AS found ORDER BY found.id DESC LIMIT $count`;
}

function conditionOf(name: ConditionName): string {
  const [sql, ...inputs] = CONDITIONS[name];
  return inputs.reduce((text: string, input) => text.replace(/\$(?!\w)/, `$$${input}`), sql);
}

interface Slice {
  readonly before: Id<'order'> | undefined;
  readonly count: number;
}

interface Search {
  readonly statement: Statement<{ readonly id: Id<'order'> }>;
  readonly inputs: readonly Input[];
}

/** Names become numbers, in the order in which they come first. */
function searchOf(form: Form): Search {
  const inputs: Input[] = [];
  const sql = sqlOf(form).replaceAll(/\$([a-zA-Z]+)/g, (_, name: Input) => {
    if (!inputs.includes(name)) inputs.push(name);
    return `$${inputs.indexOf(name) + 1}`;
  });
  return { statement: statement(sql, { id: col.text<Id<'order'>>() }), inputs };
}

const LEADS: Readonly<Record<Lead, readonly Form['also'][number][]>> = {
  number: ['email', 'sku', 'states', 'dates'],
  email: ['sku', 'states', 'dates'],
  sku: ['states', 'dates'],
  states: ['dates'],
  all: ['dates'],
};

function subsets<T>(of: readonly T[]): T[][] {
  let all: T[][] = [[]];
  for (const each of of) all = all.concat(all.map((some) => [...some, each]));
  return all;
}
const keyOf = ({ lead, also }: Form): string => [lead, ...also].join('+');

const forms = Object.entries(LEADS).flatMap(([lead, possible]) =>
  subsets(possible).map((also): Form => ({ lead: lead as Lead, also })),
);
const searches = new Map(forms.map((form) => [keyOf(form), searchOf(form)]));

export const SEARCH_ORDERS: Readonly<Record<string, Search['statement']>> = Object.fromEntries(
  [...searches].map(([key, search]) => [key, search.statement]),
);

/** The search that this filter asks for: its key in `SEARCH_ORDERS`, and its parameters. */
export function searchFor(
  filter: OrderFilter,
  slice: Slice,
): { readonly key: string; readonly params: readonly unknown[] } {
  const given: Readonly<Record<Lead | ConditionName, unknown>> = {
    number: filter.number,
    email: filter.email,
    sku: filter.sku,
    states: filter.status ?? filter.paymentStatus ?? filter.fulfilmentStatus,
    dates: filter.placedFrom ?? filter.placedTo,
    all: true,
  };
  const lead = (Object.keys(LEADS) as Lead[]).find((name) => given[name] !== undefined) ?? 'all';
  const key = keyOf({ lead, also: LEADS[lead].filter((name) => given[name] !== undefined) });
  const values = valuesOf(filter, slice);
  return { key, params: searches.get(key)?.inputs.map((name) => values[name]) ?? [] };
}

function valuesOf(filter: OrderFilter, { before, count }: Slice): Readonly<Record<Input, unknown>> {
  const { number, email, sku, placedFrom, placedTo } = filter;
  const last = placedTo === undefined ? LAST_ID : idNear(placedTo, CLOCKS_DIFFER_MAX_MS);
  return {
    number,
    email,
    sku,
    count,
    status: filter.status ?? ORDER_STATUSES,
    paymentStatus: filter.paymentStatus ?? PAYMENT_STATUSES,
    fulfilmentStatus: filter.fulfilmentStatus ?? FULFILMENT_STATUSES,
    before: before !== undefined && before < last ? before : last,
    from: placedFrom === undefined ? '' : idNear(placedFrom, -CLOCKS_DIFFER_MAX_MS),
    placedFrom: placedFrom ?? '-infinity',
    placedTo: placedTo ?? 'infinity',
  };
}

/** The least id of that time. Ids know no time before 1970 and none after the year 10889. */
const idNear = (at: Date, ms: number): string =>
  firstIdAt('order', new Date(Math.min(Math.max(0, at.getTime() + ms), 2 ** 48 - 1)));

/** Ids of the orders that the filter means, the newest first. @param slice.before the last one of the page before */
export async function searchOrders(db: Reader, filter: OrderFilter, slice: Slice): Promise<Id<'order'>[]> {
  const { key, params } = searchFor(filter, slice);
  const { rows } = await db.query(SEARCH_ORDERS[key] as Search['statement'], params);
  return rows.map(({ id }) => id);
}
