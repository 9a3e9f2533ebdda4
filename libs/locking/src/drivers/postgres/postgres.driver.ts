import { Pool, type ClientConfig } from 'pg';
import { NotificationListener } from '#database';
import { WaiterRegistry } from '#kernel';
import { LockBackendUnavailable } from '../../lock.errors.js';
import {
  LockDriver,
  processName,
  type AcquireResult,
  type Acquisition,
  type Grant,
  type HeldLock,
  type Renewal,
} from '../driver.js';

const CONNECTIONS_MAX = 4;
const COMMAND_TIMEOUT_MS = 1_000;
/** Poll interval while notifications do not reach this process. */
const POLL_MS = 50;
const SWEEP_MAX = 1_000;

/** Locks in the schema `locking` of the shop's own database; one statement a command, expiry by the server's clock. */
export class PostgresDriver extends LockDriver {
  override readonly name = 'postgres-locks';
  private readonly waiters = new WaiterRegistry();
  private readonly pool: Pool;
  private readonly listener: NotificationListener;

  /** @param connection where, and how long to wait for a connection; commands have a limit of their own */
  constructor(connection: ClientConfig) {
    super();
    const options = { ...connection, statement_timeout: COMMAND_TIMEOUT_MS, query_timeout: COMMAND_TIMEOUT_MS };
    this.pool = new Pool({ ...options, max: CONNECTIONS_MAX, idleTimeoutMillis: 0 });
    this.pool.on('error', () => undefined); // The next command opens another connection, or fails by itself.
    this.listener = new NotificationListener(options, 'locking', `${this.id} `, {
      notified: (payload) => this.receive(payload),
    });
  }

  override acquire(keys: readonly string[], ttlMs: number, changed?: () => void, tokenAbove = 0n): Acquisition {
    let asked: string | null = null;
    return {
      attempt: async (): Promise<AcquireResult> => {
        this.waiters.add(keys, changed);
        if (tokenAbove > 0n) await this.run('SELECT locking.raise_tokens($1)', [String(tokenAbove)]);
        const owner = this.newOwner();
        const request = { owner, ttlMs, asked, asker: this.id, process: processName, waits: changed !== undefined };
        const answer = await this.askForGrant(keys, request);
        if (answer.granted !== null) {
          this.waiters.remove(keys, changed);
          return { outcome: 'granted', grant: { keys, ttlMs, owner, token: BigInt(answer.granted) } };
        }
        asked = answer.asked;
        const freeInMs = Math.max(0, answer.free_in_ms);
        return { outcome: 'refused', freeInMs: this.listener.isListening ? freeInMs : Math.min(freeInMs, POLL_MS) };
      },
      withdraw: async () => {
        this.waiters.remove(keys, changed);
        if (asked !== null) await this.withdraw(keys);
      },
    };
  }

  override async renew(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    const keys = grants.flatMap((grant) => grant.keys);
    const owners = grants.flatMap((grant) => grant.keys.map(() => grant.owner));
    const ttls = grants.flatMap((grant) => grant.keys.map(() => grant.ttlMs));
    try {
      const sql = 'SELECT locking.renew($1, $2, $3) AS renewed';
      const { renewed } = await this.one<{ renewed: boolean[] }>(sql, [keys, owners, ttls]);
      return grants.map((grant) => (renewed.splice(0, grant.keys.length).every(Boolean) ? 'renewed' : 'lost'));
    } catch {
      return grants.map(() => 'unknown');
    }
  }

  override async release(grant: Grant): Promise<'released' | 'lost'> {
    const { keys, owner } = grant;
    const { count } = await this.one<{ count: number }>('SELECT locking.release($1, $2) AS count', [keys, owner]);
    return count === keys.length ? 'released' : 'lost';
  }

  override async heldLocks(limit: number): Promise<readonly HeldLock[]> {
    const held = await this.run<{ key: string; token: string; since: Date; owner: string; ttlMs: number }>(
      `SELECT key, token, granted_at AS since, process AS owner,
         ceil(extract(epoch FROM expires_at - clock_timestamp()) * 1000)::float8 AS "ttlMs"
       FROM locking.locks WHERE owner <> '' AND expires_at > clock_timestamp() ORDER BY key LIMIT $1`,
      [limit],
    );
    return held.map(({ key, token, since, owner, ttlMs }) => ({ key, token: BigInt(token), since, owner, ttlMs }));
  }

  override async forceRelease(key: string): Promise<boolean> {
    return (await this.one<{ held: boolean }>('SELECT locking.force_release($1) AS held', [key])).held;
  }

  override async check(): Promise<void> {
    await super.check();
    // Locks of killed holders that nobody has asked for since.
    const abandoned = `SELECT key FROM locking.locks WHERE expires_at < clock_timestamp() - interval '1 minute'
      ORDER BY key LIMIT $1 FOR UPDATE SKIP LOCKED`;
    await this.run(`DELETE FROM locking.locks WHERE key IN (${abandoned})`, [SWEEP_MAX]);
    await this.run(`DELETE FROM locking.waiters WHERE seen_at < clock_timestamp() - interval '1 minute'`, []);
  }

  override async close(): Promise<void> {
    await Promise.all([this.listener.close(), this.pool.end()]);
  }

  private async askForGrant(keys: readonly string[], request: { owner: string; ttlMs: number }) {
    type Answer = { granted: string | null; free_in_ms: number; asked: string | null };
    try {
      return await this.one<Answer>('SELECT * FROM locking.acquire($1, $2)', [keys, JSON.stringify(request)]);
    } catch (error) {
      // The grant may have happened without its answer. If this fails too, the ttl frees the keys.
      void this.release({ keys, ttlMs: request.ttlMs, owner: request.owner, token: 0n }).catch(() => undefined);
      throw error;
    }
  }

  /** If this fails, a later notification finds nobody waiting here, and the key stays free for a moment. */
  private async withdraw(keys: readonly string[]): Promise<void> {
    await this.run('SELECT locking.withdraw($1, $2)', [keys, this.id]).catch(() => undefined);
  }

  private async one<Row extends object>(sql: string, values: readonly unknown[]): Promise<Row> {
    const [row] = await this.run<Row>(sql, values);
    if (row === undefined) throw new LockBackendUnavailable();
    return row;
  }

  private async run<Row extends object>(sql: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>(sql, [...values])).rows;
    } catch (error) {
      throw new LockBackendUnavailable({ cause: error });
    }
  }

  /** @param payload the process that a key is now reserved for, a space, and the key */
  private receive(payload: string): void {
    const [process, key = ''] = payload.split(' ', 2);
    // Nobody there: the waiter has given up, so the key goes to the next process.
    if (process === this.id && !this.waiters.wake(key)) void this.withdraw([key]);
  }
}
