import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Attempt, Claim, DriverCapabilities, Grant, Holding, LockDriver, Renewal } from '../driver.js';
import { listLocks } from './lock-list.js';
import { RENEW } from './lock-scripts.js';
import { firstAnswers, majorityOf } from './majority.js';
import { Quorum } from './quorum.js';
import { RedisNode } from './redis-node.js';
import { Tallies } from './tallies.js';
import { WakeUps } from '../wake-ups.js';

const CHECK_TTL_MS = 2_000;
/** How soon to ask again while notifications do not reach this process. */
const DEAF_POLL_MS = 50;

export interface RedisOptions {
  /** One server, or an odd number of independent ones. */
  readonly urls: readonly string[];
  readonly keyPrefix: string;
  /** Milliseconds for one round trip. */
  readonly commandTimeoutMs: number;
}

/** Redis through redlock: one server, or the majority of an odd number of independent ones. */
export class RedisDriver implements LockDriver {
  readonly name = 'redis';
  readonly capabilities: DriverCapabilities = {
    acrossProcesses: true,
    tokensSurviveDataLoss: true,
    raisesTokens: true,
    notifies: true,
  };
  private readonly process = randomBytes(8).toString('hex');
  private readonly wakeUps = new WakeUps();
  private readonly nodes: readonly RedisNode[];
  private readonly quorum: Quorum;

  constructor(private readonly options: RedisOptions) {
    const { urls, keyPrefix, commandTimeoutMs } = options;
    const channel = `${keyPrefix}wake:${this.process}`;
    this.nodes = urls.map(
      (url) => new RedisNode(url, { commandTimeoutMs, channel, onMessage: (lock) => this.woken(lock) }),
    );
    this.quorum = new Quorum(this.nodes, keyPrefix);
  }

  async open(limitMs: number): Promise<void> {
    const limit = new AbortController();
    const reached = firstAnswers(
      this.nodes.map((node) => node.reached),
      majorityOf(this.nodes.length),
    );
    await Promise.race([reached, setTimeout(limitMs, undefined, { signal: limit.signal }).catch(() => undefined)]);
    limit.abort();
  }

  claim(keys: readonly string[], ttlMs: number, changed?: () => void, tokenAbove = 0n): Claim {
    const locks = this.locks(keys);
    let askedAt = '';
    const listen = () => {
      if (changed !== undefined) for (const lock of locks) this.wakeUps.add(lock, changed);
    };
    const stopListening = () => {
      if (changed !== undefined) for (const lock of locks) this.wakeUps.remove(lock, changed);
    };
    return {
      attempt: async (): Promise<Attempt> => {
        listen(); // Before asking: the answer may be overtaken by the news that the key is free.
        const process = changed === undefined ? '' : this.process;
        const verdict = await this.quorum.acquire(locks, ttlMs, { process, askedAt, tokenAbove });
        if (verdict.granted) {
          stopListening();
          return { outcome: 'granted', grant: { keys, ttlMs, owner: verdict.owner, token: verdict.token } };
        }
        askedAt = changed === undefined ? '' : verdict.askedAt;
        const listens = this.nodes.every((node) => node.listens);
        return { outcome: 'refused', freeInMs: listens ? verdict.freeInMs : Math.min(verdict.freeInMs, DEAF_POLL_MS) };
      },
      withdraw: async () => {
        stopListening();
        if (askedAt !== '') await this.quorum.withdraw(locks, this.process);
      },
    };
  }

  async renew(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    const locks = grants.flatMap((grant) => this.locks(grant.keys));
    const args = grants.flatMap((grant) => grant.keys.flatMap(() => [grant.owner, grant.ttlMs]));
    const tallies = new Tallies(grants, this.nodes.length);
    for (const node of this.nodes) tallies.count(node.run(RENEW, locks, args));
    return tallies.decided;
  }

  release(grant: Grant): Promise<'released' | 'lost'> {
    return this.quorum.release(this.locks(grant.keys), grant.owner);
  }

  holders(limit: number): Promise<readonly Holding[]> {
    return listLocks(this.nodes, this.options.keyPrefix, limit);
  }

  async forceRelease(key: string): Promise<boolean> {
    const [lock = ''] = this.locks([key]);
    return this.quorum.seize(lock);
  }

  async check(): Promise<void> {
    const attempt = await this.claim([`check:${this.process}`], CHECK_TTL_MS).attempt();
    // Refused: another check is under way, so the service answers.
    if (attempt.outcome === 'granted') await this.release(attempt.grant);
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
  }

  private locks(keys: readonly string[]): string[] {
    return keys.map((key) => `${this.options.keyPrefix}lock:${key}`);
  }

  private woken(lock: string): void {
    // Whoever waited here has given up: the wake-up belongs to the next process.
    if (!this.wakeUps.wake(lock)) void this.quorum.withdraw([lock], this.process);
  }
}
