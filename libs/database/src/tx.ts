import type { ClientBase } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';
import { Statement } from './statement.js';

export interface SqlResult<Row> {
  readonly rows: Row[];
  /** Rows that the statement returned or changed. */
  readonly count: number;
}

/** One database connection, for reading. Outside a transaction each statement sees its own snapshot. */
export class Reader {
  /** @param prepares whether a {@link Statement} is parsed and planned once a connection */
  constructor(
    private readonly runner: QueryRunner,
    private readonly prepares: boolean,
  ) {}

  /** TypeORM's view of this connection, for reads by entity and writes that need no guard. */
  get manager(): EntityManager {
    return this.runner.manager;
  }

  async query<Row = Record<string, unknown>>(
    statement: Statement<Row> | string,
    params: readonly unknown[] = [],
  ): Promise<SqlResult<Row>> {
    if (statement instanceof Statement && this.prepares) return this.queryPrepared(statement, params);
    const sql = statement instanceof Statement ? statement.sql : statement;
    const result = await this.runner.query(sql, [...params], true);
    return { rows: (result.records ?? []) as Row[], count: result.affected ?? 0 };
  }

  /** By the connection itself: TypeORM knows no named statements. */
  private async queryPrepared<Row>({ name, sql }: Statement<Row>, params: readonly unknown[]): Promise<SqlResult<Row>> {
    const client = (await this.runner.connect()) as ClientBase;
    const { rows, rowCount } = await client.query({ name, text: sql, values: [...params] });
    return { rows: rows as Row[], count: rowCount ?? 0 };
  }
}

/**
 * An open transaction. Whatever must happen together takes the same one as its argument; only `Transactions.run` makes one, so an
 * event or an effect outside a transaction does not compile.
 */
export class Tx extends Reader {
  declare private readonly inTransaction: true;
}
