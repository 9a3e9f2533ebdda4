import { createHash } from 'node:crypto';

/** A column of a result: its type in PostgreSQL, and by `Value` what it is in TypeScript. */
export interface Column<Value> {
  /** Name of the type in `pg_type`. */
  readonly type: string;
  readonly isNullable: boolean;
  /** Only a type: no column has it. */
  readonly value?: Value;
}

const column = <Value>(type: string): Column<Value> => ({ type, isNullable: false });

/** The columns that statements return. `char` is fixed in length, `bigint` arrives as a number. */
export const col = {
  text: <Value extends string = string>() => column<Value>('text'),
  char: <Value extends string = string>() => column<Value>('bpchar'),
  integer: () => column<number>('int4'),
  bigint: () => column<number>('int8'),
  boolean: () => column<boolean>('bool'),
  bytea: () => column<Buffer>('bytea'),
  uuid: () => column<string>('uuid'),
  timestamptz: () => column<Date>('timestamptz'),
  json: <Value>() => column<Value>('json'),
  jsonb: <Value>() => column<Value>('jsonb'),
  orNull: <Value>({ type }: Column<Value>): Column<Value | null> => ({ type, isNullable: true }),
} as const;

type Columns = Readonly<Record<string, Column<unknown>>>;
type RowWith<Declared extends Columns> = {
  readonly [Name in keyof Declared]: Declared[Name] extends Column<infer Value> ? Value : never;
};

/**
 * SQL with the columns that it returns. `Reader.query` takes it, and its rows have the declared type. The type is only claimed here: a
 * test beside the statements describes each to a migrated database and compares (`test/support/described-statements.ts`).
 */
export class Statement<Row> {
  /** Only a type: no statement has it. */
  declare readonly row: Row;

  /** Of the prepared statement: the same for the same SQL, in every release. */
  readonly name: string;

  constructor(
    readonly sql: string,
    readonly columns: Columns,
  ) {
    this.name = `holdfast_${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`;
  }
}

export type RowOf<Declared extends Statement<unknown>> = Declared['row'];

export function statement(sql: string): Statement<unknown>;
export function statement<Declared extends Columns>(sql: string, columns: Declared): Statement<RowWith<Declared>>;
export function statement(sql: string, columns: Columns = {}): Statement<unknown> {
  return new Statement(sql, columns);
}
