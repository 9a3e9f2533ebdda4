import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { TcpProxy } from '../../support/tcp-proxy.js';
import type { Backend, Settings } from './backend.js';

const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'holdfast locks'`;
/** About as long as a connection takes. */
const CUT_EVERY_MS = 20;

/**
 * The shop's own database. Others work on its server, so nothing is done to that: it is frozen by a proxy that loses every packet, and
 * killed by cutting the connections of the locks again and again, until it is started.
 */
export class PostgresBackend implements Backend {
  readonly name = 'postgres';
  readonly freesLateMs = 0;
  readonly env: Settings = { LOCK_DRIVER: 'postgres' };
  private cutting: Promise<void> | undefined;
  private isBack = false;

  private constructor(
    private readonly sql: Pool,
    private readonly proxy: TcpProxy,
  ) {}

  /** @param url of the database that `sql` looks into */
  static async start(url: string, sql: Pool): Promise<PostgresBackend> {
    return new PostgresBackend(sql, await TcpProxy.to(url));
  }

  get distantEnv(): Settings {
    return { ...this.env, DATABASE_URL: this.proxy.url };
  }

  async remove(key: string): Promise<void> {
    await this.sql.query('DELETE FROM locking.locks WHERE key = $1', [key]);
  }

  async left(): Promise<readonly string[]> {
    const { rows } = await this.sql.query<{ key: string }>(
      `SELECT key FROM locking.locks WHERE expires_at > clock_timestamp() UNION ALL SELECT key FROM locking.waiters`,
    );
    return rows.map(({ key }) => key);
  }

  delay(ms: number): void {
    this.proxy.delay(ms);
  }

  freeze(): void {
    this.proxy.silence();
  }

  thaw(): void {
    this.proxy.restore();
  }

  async kill(database: string): Promise<void> {
    const client = new Client({ connectionString: database });
    await client.connect();
    await client.query(CUT);
    this.cutting = this.goOnCutting(client);
  }

  async start(): Promise<void> {
    this.isBack = true;
    await this.cutting;
    this.isBack = false;
  }

  async stop(): Promise<void> {
    await this.start();
    await this.proxy.stop();
  }

  private async goOnCutting(client: Client): Promise<void> {
    while (!this.isBack) {
      await pause(CUT_EVERY_MS);
      await client.query(CUT);
    }
    await client.end();
  }
}
