import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, type Connection } from 'pg';
import { Statement, type ModuleSchema } from '#database';
import { MessagingModule } from '#messaging';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/**
 * Describes every statement that a module's persistence folder exports to a database with its migrations, and compares the columns with
 * the declared ones: names, types, and whether they can be null. It also looks that all SQL of the module is such a statement.
 *
 * @param folder the module's `src/persistence/` @param elsewhere folders of the module whose SQL stands for another program's
 */
export function describeStatements(
  folder: URL,
  { schema }: { readonly schema: ModuleSchema },
  elsewhere: readonly string[] = [],
): void {
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase([MessagingModule.schema, schema]);
    client = new Client({ connectionString: database.url });
    await client.connect();
  });

  afterAll(async () => {
    await client?.end();
    await database?.drop();
  });

  describe('the statements of this module', () => {
    it('return the columns that they declare', async () => {
      const statements = await statementsIn(folder);
      expect(statements).not.toEqual([]);
      for (const { name, statement } of statements) {
        const described = await describedColumns(client, statement).catch((error: Error) => [error.message]);
        expect([name, described]).toEqual([name, declaredColumns(statement)]);
      }
    });

    it('are all the SQL that it has: nothing is sent as a mere string', () => {
      const files = filesWithStrings(new URL('../', folder));
      expect(files.filter((file) => !elsewhere.some((prefix) => file.startsWith(prefix)))).toEqual([]);
    });
  });
}

/** A call of `query` whose first argument is no constant in capitals. */
const MERE_STRING = /\.query(<[^(]*>)?\(\s*(?![A-Z][A-Z0-9_]*\b)/;

function filesWithStrings(source: URL): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(spec|suite)\.ts$|migrations/.test(file))
    .filter((file) => MERE_STRING.test(readFileSync(new URL(file, source), 'utf8')));
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
  /** Table and column that it is taken from as it is; 0 for an expression. */
  readonly tableID: number;
  readonly columnID: number;
}

interface Named {
  /** `file.EXPORT` */
  readonly name: string;
  readonly statement: Statement<unknown>;
}

/** Every statement that a file of this folder exports. */
async function statementsIn(folder: URL): Promise<Named[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
  const found: Named[] = [];
  for (const file of files) {
    const exported = (await import(new URL(file, folder).pathname)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) {
      for (const [form, statement] of formsOf(value)) {
        found.push({ name: `${file.replace('.ts', '')}.${name}${form}`, statement });
      }
    }
  }
  return found;
}

/** A statement, or each of a record of them. */
function formsOf(value: unknown): [form: string, statement: Statement<unknown>][] {
  if (value instanceof Statement) return [['', value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([form, each]) => (each instanceof Statement ? [[`.${form}`, each]] : []));
}

/** What a statement declares: `quantity int4`, `orderId text?` where it may be null. */
const declaredColumns = ({ columns }: Statement<unknown>): string[] =>
  Object.entries(columns).map(([name, { type, isNullable }]) => `${name} ${type}${isNullable ? '?' : ''}`);

/**
 * What the database says that a statement returns, in the form of `declaredColumns`. Nothing is executed. Of an expression it is not known
 * whether it can be null: there the declaration is believed.
 *
 * @throws when a table, a column or a function that it names does not exist
 */
async function describedColumns(client: Client, statement: Statement<unknown>): Promise<string[]> {
  const fields = await fieldsOf(client, statement.sql);
  const { rows } = await client.query<{ name: string; type: string; nullable: boolean | null }>(
    `SELECT field.name, typname AS type, NOT attnotnull AS nullable
     FROM unnest($1::text[], $2::oid[], $3::oid[], $4::int[]) WITH ORDINALITY AS field (name, type, relation, number, position)
     JOIN pg_type ON pg_type.oid = field.type
     LEFT JOIN pg_attribute ON attrelid = field.relation AND attnum = field.number AND field.number > 0
     ORDER BY position`,
    [
      fields.map(({ name }) => name),
      fields.map(({ dataTypeID }) => dataTypeID),
      fields.map(({ tableID }) => tableID),
      fields.map(({ columnID }) => columnID),
    ],
  );
  return rows.map(({ name, type, nullable }) => {
    const mayBeNull = nullable ?? statement.columns[name]?.isNullable ?? false;
    return `${name} ${type}${mayBeNull ? '?' : ''}`;
  });
}

/** Has the statement parsed and its result described (`Describe` of the extended protocol). */
function fieldsOf(client: Client, sql: string): Promise<readonly Field[]> {
  return new Promise((resolve, reject) => {
    let fields: readonly Field[] = [];
    client.query({
      submit(connection: Connection) {
        const wire = connection as unknown as Record<'parse' | 'describe', (message: object) => void> & {
          sync(): void;
        };
        wire.parse({ name: '', text: sql, types: [] });
        wire.describe({ type: 'S', name: '' });
        wire.sync();
      },
      handleRowDescription: (message: { readonly fields: readonly Field[] }) => (fields = message.fields),
      handleError: reject,
      handleReadyForQuery: () => resolve(fields),
    } as never);
  });
}
