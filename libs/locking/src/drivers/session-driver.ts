import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { LockBackendUnavailable } from '../lock.errors.js';
import type { Claim, DriverCapabilities, Grant, Holding, LockDriver, Renewal } from './driver.js';
import { OverdueGrants } from './overdue-grants.js';
import { processName } from './this-process.js';

const CHECK_TTL_MS = 1_000;
const OPEN_RETRY_MS = 50;

export interface Wish {
  readonly keys: readonly string[];
  readonly ttlMs: number;
  /** What the keys are marked with: the claim, a space, the process. */
  readonly owner: string;
  readonly changed: (() => void) | undefined;
}

/** For services that keep a key for as long as a session lives, and where all keys of a process are on a few sessions. */
export abstract class SessionDriver implements LockDriver {
  abstract readonly name: string;
  abstract readonly capabilities: DriverCapabilities;
  protected readonly overdue = new OverdueGrants((grant) => this.takeBack(grant));
  private readonly process = randomBytes(8).toString('hex');
  private lastClaim = 0;

  abstract renew(grants: readonly Grant[]): Promise<readonly Renewal[]>;
  abstract release(grant: Grant): Promise<'released' | 'lost'>;
  abstract holders(limit: number): Promise<readonly Holding[]>;
  abstract forceRelease(key: string): Promise<boolean>;

  protected abstract claimOf(wish: Wish): Claim;
  /** Frees what is left of a grant whose holder did not renew it in time. */
  protected abstract takeBack(grant: Grant): void;
  protected abstract disconnect(): Promise<void>;

  /** Takes a lock, because connection, session and first request take longer than the limit of a command on a busy machine. */
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

  claim(keys: readonly string[], ttlMs: number, changed?: () => void): Claim {
    this.lastClaim += 1;
    return this.claimOf({ keys, ttlMs, owner: `${this.process}-${this.lastClaim} ${processName}`, changed });
  }

  async check(): Promise<void> {
    const attempt = await this.claim([`check:${this.process}`], CHECK_TTL_MS).attempt();
    // Refused: another check is under way, so the service answers.
    if (attempt.outcome === 'granted') await this.release(attempt.grant);
  }

  /** Locks that are still held end with their session. */
  close(): Promise<void> {
    this.overdue.clear();
    return this.disconnect();
  }
}
