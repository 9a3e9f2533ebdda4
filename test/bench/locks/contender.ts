import Redlock from 'redlock';
import { Redis } from 'ioredis';
import { openLocks } from '../../support/lock-process.js';

/** Something that can do work under a lock: our locks with one driver, or redlock by itself. */
export interface Contender {
  readonly name: string;
  /** Excludes across clients, not only within one. */
  readonly acrossClients: boolean;
  /** Another process, as far as the lock service can tell. */
  open(): Promise<Client>;
}

export interface Client {
  using(key: string, work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

const TTL_MS = 10_000;
const options = { ttlMs: TTL_MS, waitMs: 60_000, onUnavailable: 'fail-closed' } as const;

export const driver = (name: string, env: Readonly<Record<string, string>> = {}): Contender => ({
  name,
  acrossClients: name !== 'memory',
  async open() {
    const program = await openLocks({ LOCK_DRIVER: name, REDIS_KEY_PREFIX: 'bench-locks:', ...env });
    return {
      using: (key, work) => program.locks.using(key, options, work),
      close: () => program.close(),
    };
  },
});

/** As its documentation shows it, with its defaults: ten retries, 200 ± 200 ms apart. */
export const redlock = (url: string): Contender => ({
  name: 'redlock using()',
  acrossClients: true,
  async open() {
    const redis = new Redis(url);
    const own = new Redlock([redis]);
    const using = async (key: string, work: () => Promise<void>): Promise<void> => {
      try {
        await own.using([`bench-redlock:${key}`], TTL_MS, work);
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'ExecutionError') throw error;
        await using(key, work); // It gives up after ten retries; a caller that must get in asks again.
      }
    };
    return { using, close: async () => void (await redis.quit()) };
  },
});
