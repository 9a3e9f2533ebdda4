import type { EntityManager, QueryRunner } from 'typeorm';
import { Statement } from './statement.js';

export interface SqlResult<Row> {
  readonly rows: Row[];
  /** Rows that the statement returned or changed. */
  readonly count: number;
}

/** One database connection, for reading. Outside a transaction each statement sees its own snapshot. */
export class Reader {
  constructor(private readonly runner: QueryRunner) {}

  /** TypeORM's view of this connection, for reads by entity and writes that need no guard. */
  get manager(): EntityManager {
    return this.runner.manager;
  }

  async query<Row = Record<string, unknown>>(
    statement: Statement<Row> | string,
    params: readonly unknown[] = [],
  ): Promise<SqlResult<Row>> {
    const sql = statement instanceof Statement ? statement.sql : statement;
    const result = await this.runner.query(sql, [...params], true);
    return { rows: (result.records ?? []) as Row[], count: result.affected ?? 0 };
  }
}

/**
 * An open transaction. Whatever must happen together takes the same one as its argument; only `Transactions.run` makes one, so an
 * event or an effect outside a transaction does not compile.
 */
export class Tx extends Reader {
  declare private readonly inTransaction: true;
}
