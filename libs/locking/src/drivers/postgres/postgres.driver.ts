import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool, type ClientConfig } from 'pg';
import { LockBackendUnavailable } from '../../lock.errors.js';
import type { Attempt, Claim, DriverCapabilities, Grant, Holding, LockDriver, Renewal } from '../driver.js';
import { processName } from '../this-process.js';
import { WakeUps } from '../wake-ups.js';
import { WakeUpLine } from './wake-up-line.js';

const CONNECTIONS_MAX = 4;
const COMMAND_TIMEOUT_MS = 1_000;
const CHECK_TTL_MS = 2_000;
/** How soon to ask again while notifications do not reach this process. */
const DEAF_POLL_MS = 50;
const SWEEP_MAX = 1_000;

/** Locks in the schema `locking` of the shop's own database; one statement a command, expiry by the server's clock. */
export class PostgresDriver implements LockDriver {
  readonly name = 'postgres-locks';
  readonly capabilities: DriverCapabilities = {
    acrossProcesses: true,
    tokensSurviveDataLoss: false,
    raisesTokens: true,
    notifies: true,
  };
  private readonly asker = randomBytes(8).toString('hex');
  private readonly wakeUps = new WakeUps();
  private readonly pool: Pool;
  private readonly line: WakeUpLine;

  /** @param connection where, and how long to wait for a connection; commands have a limit of their own */
  constructor(connection: ClientConfig) {
    const options = { ...connection, statement_timeout: COMMAND_TIMEOUT_MS, query_timeout: COMMAND_TIMEOUT_MS };
    this.pool = new Pool({ ...options, max: CONNECTIONS_MAX, idleTimeoutMillis: 0 });
    this.pool.on('error', () => undefined); // The next command opens another connection, or fails by itself.
    this.line = new WakeUpLine(options, this.asker, (key) => this.woken(key));
  }

  async open(limitMs: number): Promise<void> {
    void this.line.listen();
    const limit = new AbortController();
    const deadline = pause(limitMs, undefined, { signal: limit.signal }).catch(() => undefined);
    await Promise.race([this.pool.query('SELECT 1').catch(() => undefined), deadline]);
    limit.abort();
  }

  claim(keys: readonly string[], ttlMs: number, changed?: () => void, tokenAbove = 0n): Claim {
    let asked: string | null = null;
    const stopListening = () => {
      if (changed !== undefined) for (const key of keys) this.wakeUps.remove(key, changed);
    };
    return {
      attempt: async (): Promise<Attempt> => {
        if (changed !== undefined) for (const key of keys) this.wakeUps.add(key, changed);
        if (tokenAbove > 0n) await this.run('SELECT locking.raise_tokens($1)', [String(tokenAbove)]);
        const owner = randomBytes(12).toString('hex');
        const wish = { owner, ttlMs, asked, asker: this.asker, process: processName, waits: changed !== undefined };
        const answer = await this.acquire(keys, wish);
        if (answer.granted !== null) {
          stopListening();
          return { outcome: 'granted', grant: { keys, ttlMs, owner, token: BigInt(answer.granted) } };
        }
        asked = answer.asked;
        const freeInMs = Math.max(0, answer.free_in_ms);
        return { outcome: 'refused', freeInMs: this.line.listens ? freeInMs : Math.min(freeInMs, DEAF_POLL_MS) };
      },
      withdraw: async () => {
        stopListening();
        if (asked !== null) await this.withdraw(keys);
      },
    };
  }

  async renew(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    const keys = grants.flatMap((grant) => grant.keys);
    const owners = grants.flatMap((grant) => grant.keys.map(() => grant.owner));
    const ttls = grants.flatMap((grant) => grant.keys.map(() => grant.ttlMs));
    try {
      const [row] = await this.run<{ renewed: boolean[] }>('SELECT locking.renew($1, $2, $3) AS renewed', [
        keys,
        owners,
        ttls,
      ]);
      const renewed = row?.renewed ?? [];
      return grants.map((grant) => (renewed.splice(0, grant.keys.length).every(Boolean) ? 'renewed' : 'lost'));
    } catch {
      return grants.map(() => 'unknown');
    }
  }

  async release(grant: Grant): Promise<'released' | 'lost'> {
    const [row] = await this.run<{ count: number }>('SELECT locking.release($1, $2) AS count', [
      grant.keys,
      grant.owner,
    ]);
    return row?.count === grant.keys.length ? 'released' : 'lost';
  }

  async holders(limit: number): Promise<readonly Holding[]> {
    const rows = await this.run<{ key: string; token: string; process: string; granted_at: Date; left_ms: number }>(
      `SELECT key, token, process, granted_at, (extract(epoch FROM expires_at - clock_timestamp()) * 1000)::float8 AS left_ms
       FROM locking.locks WHERE owner <> '' AND expires_at > clock_timestamp() ORDER BY key LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({
      key: row.key,
      token: BigInt(row.token),
      since: row.granted_at,
      owner: row.process,
      ttlMs: Math.ceil(row.left_ms),
    }));
  }

  async forceRelease(key: string): Promise<boolean> {
    const [row] = await this.run<{ held: boolean }>('SELECT locking.seize($1) AS held', [key]);
    return row?.held === true;
  }

  async check(): Promise<void> {
    const attempt = await this.claim([`check:${this.asker}`], CHECK_TTL_MS).attempt();
    if (attempt.outcome === 'granted') await this.release(attempt.grant);
    // What holders that were killed have left, and nobody asked for since.
    const forgotten = `SELECT key FROM locking.locks WHERE expires_at < clock_timestamp() - interval '1 minute'
      ORDER BY key LIMIT $1 FOR UPDATE SKIP LOCKED`;
    await this.run(`DELETE FROM locking.locks WHERE key IN (${forgotten})`, [SWEEP_MAX]);
    await this.run(`DELETE FROM locking.waiters WHERE seen_at < clock_timestamp() - interval '1 minute'`, []);
  }

  async close(): Promise<void> {
    await Promise.all([this.line.close(), this.pool.end()]);
  }

  private async acquire(keys: readonly string[], wish: { owner: string; ttlMs: number }) {
    type Answer = { granted: string | null; free_in_ms: number; asked: string | null };
    try {
      const [answer] = await this.run<Answer>('SELECT * FROM locking.acquire($1, $2)', [keys, JSON.stringify(wish)]);
      if (answer === undefined) throw new LockBackendUnavailable();
      return answer;
    } catch (error) {
      // It may have been granted nevertheless. Unreachable: the ttl takes the keys back.
      void this.release({ keys, ttlMs: wish.ttlMs, owner: wish.owner, token: 0n }).catch(() => undefined);
      throw error;
    }
  }

  /** A waiter that cannot be taken out of the line is told in vain; the key then waits a moment for nobody. */
  private async withdraw(keys: readonly string[]): Promise<void> {
    await this.run('SELECT locking.withdraw($1, $2)', [keys, this.asker]).catch(() => undefined);
  }

  private async run<Row extends object>(sql: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>(sql, [...values])).rows;
    } catch (error) {
      throw new LockBackendUnavailable({ cause: error });
    }
  }

  private woken(key: string): void {
    // Whoever waited here has given up: the key belongs to the next process.
    if (!this.wakeUps.wake(key)) void this.withdraw([key]);
  }
}
