import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { LockBackendUnavailable } from '../lock.errors.js';
import type { Acquisition, DriverCapabilities, Grant, HeldLock, LockDriver, Renewal } from './driver.js';
import { GrantExpiryTimers } from './grant-expiry-timers.js';
import { processName } from './this-process.js';

const CHECK_TTL_MS = 1_000;
const OPEN_RETRY_MS = 50;

export interface AcquireRequest {
  readonly keys: readonly string[];
  readonly ttlMs: number;
  /** The value of the keys on the server: id of the acquisition, a space, name of the process. */
  readonly owner: string;
  readonly changed: (() => void) | undefined;
}

/** For services that bind keys to a session, and where a process keeps all its keys on a few sessions. */
export abstract class SessionDriver implements LockDriver {
  abstract readonly name: string;
  abstract readonly capabilities: DriverCapabilities;
  protected readonly expiryTimers = new GrantExpiryTimers((grant) => this.removeKeysOf(grant));
  private readonly process = randomBytes(8).toString('hex');
  private acquisitions = 0;

  abstract renew(grants: readonly Grant[]): Promise<readonly Renewal[]>;
  abstract release(grant: Grant): Promise<'released' | 'lost'>;
  abstract heldLocks(limit: number): Promise<readonly HeldLock[]>;
  abstract forceRelease(key: string): Promise<boolean>;

  protected abstract acquisitionOf(request: AcquireRequest): Acquisition;
  /** Frees the keys of a grant that was not renewed in time. */
  protected abstract removeKeysOf(grant: Grant): void;
  protected abstract disconnect(): Promise<void>;

  /** Takes a lock: on a busy machine connection, session and first request together take longer than one command may. */
  async open(limitMs: number): Promise<void> {
    const until = performance.now() + limitMs;
    while (performance.now() < until) {
      try {
        await this.check();
        return;
      } catch (error) {
        if (!(error instanceof LockBackendUnavailable)) throw error;
        await pause(Math.min(OPEN_RETRY_MS, Math.max(0, until - performance.now())));
      }
    }
  }

  acquire(keys: readonly string[], ttlMs: number, changed?: () => void): Acquisition {
    this.acquisitions += 1;
    return this.acquisitionOf({ keys, ttlMs, owner: `${this.process}-${this.acquisitions} ${processName}`, changed });
  }

  async check(): Promise<void> {
    const attempt = await this.acquire([`check:${this.process}`], CHECK_TTL_MS).attempt();
    // Refused: another check is under way, so the service answers.
    if (attempt.outcome === 'granted') await this.release(attempt.grant);
  }

  /** Locks that are still held end with their session. */
  close(): Promise<void> {
    this.expiryTimers.clear();
    return this.disconnect();
  }
}
