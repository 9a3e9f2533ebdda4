import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { WorkerProcess } from './worker-process.js';

/** What came out: the figure that stands in the table, and whether the promise held. */
export interface Outcome {
  readonly figure: string;
  readonly held: boolean;
}

export interface Scenario {
  readonly name: string;
  run(stage: Stage): Promise<Outcome>;
}

/** What a scenario plays on: processes with one driver, and the tables that the locks protect. */
export class Stage {
  private readonly workers: WorkerProcess[] = [];

  readonly sql: Pool;
  /** What the long scenarios take. */
  readonly seconds: number;
  private readonly env: Readonly<Record<string, string>>;

  constructor(
    readonly driver: string,
    props: { readonly env: Readonly<Record<string, string>>; readonly sql: Pool; readonly seconds: number },
  ) {
    this.sql = props.sql;
    this.seconds = props.seconds;
    this.env = props.env;
  }

  async processes(count: number): Promise<WorkerProcess[]> {
    const started = await Promise.all(Array.from({ length: count }, () => WorkerProcess.start(this.env)));
    this.workers.push(...started);
    return started;
  }

  /** A key, and a row of the same name with a value. */
  async key(value = 0): Promise<string> {
    const key = `stock:${randomBytes(4).toString('hex')}`;
    await this.sql.query('INSERT INTO counters (name, value) VALUES ($1, $2)', [key, value]);
    return key;
  }

  async valueOf(key: string): Promise<number> {
    const { rows } = await this.sql.query<{ value: number }>('SELECT value FROM counters WHERE name = $1', [key]);
    return rows[0]?.value ?? Number.NaN;
  }

  async end(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }
}
