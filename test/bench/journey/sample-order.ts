import type { Pool } from 'pg';

/** The rows that one order left in one table, in the text form of COPY, without the columns that the database numbers itself. */
export interface SampleTable {
  /** With its schema. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly lines: readonly string[];
}

/** One confirmed order of one line with everything that belongs to it. */
export interface SampleOrder {
  readonly sku: string;
  /** Whatever must differ in each copy. */
  readonly ids: readonly string[];
  readonly tables: readonly SampleTable[];
}

const ORDER = `
  SELECT orders.id, orders.cart_id AS "cartId", orders.payment_id AS "paymentId", line.sku
  FROM orders.orders AS orders JOIN orders.lines AS line ON line.order_id = orders.id
  WHERE orders.status = 'confirmed' AND (SELECT count(*) FROM orders.lines WHERE order_id = orders.id) = 1
  ORDER BY orders.id DESC LIMIT 1`;

const TABLES = `
  SELECT format('%I.%I', table_schema, table_name) AS name,
         array_agg(quote_ident(column_name) ORDER BY ordinal_position) AS columns
  FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
  WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
    AND is_identity = 'NO' AND coalesce(column_default, '') NOT LIKE '%nextval(%'
  GROUP BY table_schema, table_name`;

/** Finds the rows by the ids in them, so that it need not know the tables: new ones are copied as soon as they name the order. */
export async function sampleOrder(db: Pool): Promise<SampleOrder> {
  const { rows } = await db.query<{ id: string; cartId: string; paymentId: string; sku: string }>(ORDER);
  const { id, cartId, paymentId, sku } = rows[0]!;
  const own = [id, cartId, paymentId];
  const events = await db.query<{ id: string }>('SELECT id FROM messaging.outbox WHERE subject = ANY ($1)', [own]);
  const ids = [...own, ...events.rows.map((event) => event.id)];
  const all = (await db.query<{ name: string; columns: string[] }>(TABLES)).rows;
  const tables: SampleTable[] = [];
  for (const table of all) {
    const lines = await linesOf(db, table, ids);
    if (lines.length > 0) tables.push({ ...table, lines });
  }
  return { sku, ids, tables };
}

async function linesOf(
  db: Pool,
  { name, columns }: Pick<SampleTable, 'name' | 'columns'>,
  ids: readonly string[],
): Promise<string[]> {
  const texts = columns.map((column) => `part.${column}::text`).join(', ');
  const { rows } = await db.query<{ fields: (string | null)[] }>(
    `SELECT ARRAY[${texts}] AS fields FROM ${name} AS part WHERE part::text ~ $1`,
    [ids.join('|')],
  );
  return rows.map(({ fields }) => fields.map(copyText).join('\t'));
}

/** As COPY's text format wants it. */
export function copyText(field: string | null): string {
  if (field === null) return '\\N';
  return field.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}
