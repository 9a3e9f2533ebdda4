import type { HoldLine } from '#contracts';
import { col, statement, type Reader, type Tx } from '#database';
import type { Id } from '#kernel';
import type { FulfilledLine } from '../domain/judge-units.js';

/** Lines that are known stay as they are. */
export const OPEN_ORDER_LINES = statement(`
  INSERT INTO fulfilment.order_lines (order_id, sku, ordered)
  SELECT $1, line.sku, line.quantity FROM jsonb_to_recordset($2::jsonb) AS line (sku text, quantity integer)
  ON CONFLICT DO NOTHING`);

export const FIND_ORDER_LINES = statement(
  `SELECT sku, ordered, shipped, return_asked AS "returnAsked", returned
   FROM fulfilment.order_lines WHERE order_id = $1 ORDER BY sku`,
  {
    sku: col.text(),
    ordered: col.integer(),
    shipped: col.integer(),
    returnAsked: col.integer(),
    returned: col.integer(),
  },
);

/** Only where no more leaves than was ordered, and no more comes back than has left. */
export const CHANGE_ORDER_LINES = statement(
  `UPDATE fulfilment.order_lines AS line
   SET shipped = line.shipped + input.shipped, return_asked = line.return_asked + input."returnAsked",
       returned = line.returned + input.returned
   FROM jsonb_to_recordset($2::jsonb) AS input (sku text, shipped integer, "returnAsked" integer, returned integer)
   WHERE line.order_id = $1 AND line.sku = input.sku AND line.shipped + input.shipped <= line.ordered
     AND line.return_asked + input."returnAsked" >= 0
     AND line.returned + input.returned + line.return_asked + input."returnAsked" <= line.shipped + input.shipped
   RETURNING line.sku`,
  { sku: col.text() },
);

/** What changes of one line. */
type LineChange = Pick<FulfilledLine, 'sku'> & Partial<Pick<FulfilledLine, 'shipped' | 'returnAsked' | 'returned'>>;

/** Begins to count the units of an order. The order is locked. Returns its lines by SKU. */
export async function openOrderLines(
  tx: Tx,
  orderId: Id<'order'>,
  lines: readonly HoldLine[],
): Promise<FulfilledLine[]> {
  await tx.query(OPEN_ORDER_LINES, [orderId, JSON.stringify(lines)]);
  return findOrderLines(tx, orderId);
}

/** By SKU; none for an order of which nothing has left. */
export async function findOrderLines(db: Reader, orderId: Id<'order'>): Promise<FulfilledLine[]> {
  return (await db.query(FIND_ORDER_LINES, [orderId])).rows;
}

/** Counts units that leave, are to come back, or have come back. Returns the lines as they are then. Rolled back where a guard refuses. */
export async function changeOrderLines(
  tx: Tx,
  orderId: Id<'order'>,
  changes: readonly LineChange[],
): Promise<FulfilledLine[]> {
  const input = changes.map((change) => ({ shipped: 0, returnAsked: 0, returned: 0, ...change }));
  const { rows } = await tx.query(CHANGE_ORDER_LINES, [orderId, JSON.stringify(input)]);
  if (rows.length !== changes.length) throw new Error(`Lines of order ${orderId} moved although the order is locked.`);
  return findOrderLines(tx, orderId);
}
