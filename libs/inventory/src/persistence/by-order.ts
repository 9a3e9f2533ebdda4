import type { Id } from '#kernel';
import { sumBySku } from '../domain/sum-by-sku.js';

interface OrderRow {
  readonly orderId: Id<'order'>;
  readonly sku: string;
  readonly quantity: number;
}

/** Rows of several orders, grouped, in the order in which they came. */
export function byOrder<Row extends OrderRow>(rows: readonly Row[]): Map<Id<'order'>, [Row, ...Row[]]> {
  const groups = new Map<Id<'order'>, [Row, ...Row[]]>();
  for (const row of rows) {
    const group = groups.get(row.orderId);
    if (group) group.push(row);
    else groups.set(row.orderId, [row]);
  }
  return groups;
}

/** What an event says of them: each SKU once, wherever it lies. */
export const eventLinesOf = (rows: readonly Pick<OrderRow, 'sku' | 'quantity'>[]) =>
  [...sumBySku(rows)].map(([sku, quantity]) => ({ sku, quantity }));
