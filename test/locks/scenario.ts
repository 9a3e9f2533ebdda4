import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { Backend, Settings } from './backends/backend.js';
import { WorkerProcess } from './worker-process.js';

/** What came out: the figure that stands in the table, and whether the promise held. */
export interface Outcome {
  readonly figure: string;
  readonly held: boolean;
}

export interface Scenario {
  readonly name: string;
  /** Drivers that it is about; all but `none` without. */
  readonly drivers?: readonly string[];
  run(stage: Stage): Promise<Outcome>;
}

/** What a scenario plays on: processes with one driver, and the tables that the locks protect. */
export class Stage {
  readonly workers: WorkerProcess[] = [];

  constructor(
    readonly backend: Backend,
    readonly sql: Pool,
    /** What the long scenarios take. */
    readonly seconds: number,
  ) {}

  async processes(count: number, env: Settings = this.backend.env): Promise<WorkerProcess[]> {
    const started = await Promise.all(Array.from({ length: count }, () => WorkerProcess.start(env)));
    this.workers.push(...started);
    return started;
  }

  /** A key, and a row of the same name with a value. */
  async key(value = 0): Promise<string> {
    const key = `stock:${randomBytes(4).toString('hex')}`;
    await this.sql.query('INSERT INTO counters (name, value) VALUES ($1, $2)', [key, value]);
    return key;
  }

  keys(count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.key()));
  }

  async valueOf(key: string): Promise<number> {
    const { rows } = await this.sql.query<{ value: number }>('SELECT value FROM counters WHERE name = $1', [key]);
    return rows[0]?.value ?? Number.NaN;
  }

  /** What is still on the service once what is on its way has come there. */
  async leftAtRest(withinMs = 5_000): Promise<number> {
    const until = performance.now() + withinMs;
    for (;;) {
      const left = await this.backend.left();
      if (left.length === 0 || performance.now() > until) return left.length;
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.stop()));
  }
}
