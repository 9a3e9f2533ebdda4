import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type {
  AcquireResult,
  Acquisition,
  DriverCapabilities,
  Grant,
  HeldLock,
  LockDriver,
  Renewal,
} from '../driver.js';
import { listLocks } from './lock-list.js';
import { RENEW } from './lock-scripts.js';
import { firstAnswers, majorityOf } from './majority.js';
import { Quorum } from './quorum.js';
import { RedisNode } from './redis-node.js';
import { RenewalQuorum } from './renewal-quorum.js';
import { WaiterRegistry } from '../waiter-registry.js';

const CHECK_TTL_MS = 2_000;
/** Poll interval while notifications do not reach this process. */
const POLL_MS = 50;

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
  private readonly waiters = new WaiterRegistry();
  private readonly nodes: readonly RedisNode[];
  private readonly quorum: Quorum;

  constructor(private readonly options: RedisOptions) {
    const { urls, keyPrefix, commandTimeoutMs } = options;
    const channel = `${keyPrefix}wake:${this.process}`;
    this.nodes = urls.map(
      (url) => new RedisNode(url, { commandTimeoutMs, channel, onMessage: (lock) => this.onReleased(lock) }),
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

  acquire(keys: readonly string[], ttlMs: number, changed?: () => void, tokenAbove = 0n): Acquisition {
    const locks = this.locks(keys);
    let askedAt = '';
    const listen = () => {
      if (changed !== undefined) for (const lock of locks) this.waiters.add(lock, changed);
    };
    const stopListening = () => {
      if (changed !== undefined) for (const lock of locks) this.waiters.remove(lock, changed);
    };
    return {
      attempt: async (): Promise<AcquireResult> => {
        listen(); // Before asking: the notification may arrive before the answer.
        const process = changed === undefined ? '' : this.process;
        const result = await this.quorum.acquire(locks, ttlMs, { process, askedAt, tokenAbove });
        if (result.granted) {
          stopListening();
          return { outcome: 'granted', grant: { keys, ttlMs, owner: result.owner, token: result.token } };
        }
        askedAt = changed === undefined ? '' : result.askedAt;
        const isListening = this.nodes.every((node) => node.isListening);
        return { outcome: 'refused', freeInMs: isListening ? result.freeInMs : Math.min(result.freeInMs, POLL_MS) };
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
    const quorum = new RenewalQuorum(grants, this.nodes.length);
    for (const node of this.nodes) quorum.add(node.run(RENEW, locks, args));
    return quorum.decided;
  }

  release(grant: Grant): Promise<'released' | 'lost'> {
    return this.quorum.release(this.locks(grant.keys), grant.owner);
  }

  heldLocks(limit: number): Promise<readonly HeldLock[]> {
    return listLocks(this.nodes, this.options.keyPrefix, limit);
  }

  async forceRelease(key: string): Promise<boolean> {
    const [lock = ''] = this.locks([key]);
    return this.quorum.forceRelease(lock);
  }

  async check(): Promise<void> {
    const attempt = await this.acquire([`check:${this.process}`], CHECK_TTL_MS).attempt();
    // Refused: another check is under way, so the service answers.
    if (attempt.outcome === 'granted') await this.release(attempt.grant);
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
  }

  private locks(keys: readonly string[]): string[] {
    return keys.map((key) => `${this.options.keyPrefix}lock:${key}`);
  }

  private onReleased(lock: string): void {
    // The waiter has given up, so the next process is notified.
    if (!this.waiters.wake(lock)) void this.quorum.withdraw([lock], this.process);
  }
}
