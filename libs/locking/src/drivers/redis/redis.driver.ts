import { WaiterRegistry } from '#kernel';
import { LockBackendUnavailable } from '../../lock.errors.js';
import {
  highest,
  LockDriver,
  processName,
  type AcquireResult,
  type Acquisition,
  type DriverOptions,
  type Grant,
  type HeldLock,
  type Renewal,
} from '../driver.js';
import { listLocks } from './lock-list.js';
import { lockScripts, type LockScripts } from './lock-scripts.js';
import { majorityRenewals, firstAnswers, majorityOf } from './quorum.js';
import { RedisNode } from './redis-node.js';
import { RedlockAdapter } from './redlock-adapter.js';

/** Poll interval while notifications do not reach this process. */
const POLL_MS = 50;
const FENCE_ROUNDS_MAX = 3;

/** Redis through redlock: one server, or the majority of an odd number of independent ones. */
export class RedisDriver extends LockDriver {
  override readonly name = 'redis';
  private readonly waiters = new WaiterRegistry();
  private readonly nodes: readonly RedisNode[];
  private readonly majority: number;
  private readonly scripts: LockScripts;
  private readonly redlock: RedlockAdapter;
  private highestToken = 0n;

  constructor(private readonly options: DriverOptions) {
    super();
    const { urls, keyPrefix: prefix, commandTimeoutMs } = options;
    const nodeOptions = {
      commandTimeoutMs,
      channel: `${prefix}wake:${this.id}`,
      onMessage: (lock: string) => this.onReleased(lock),
    };
    this.nodes = urls.map((url) => new RedisNode(url, nodeOptions));
    this.majority = majorityOf(urls.length);
    this.scripts = lockScripts(prefix, urls.length);
    this.redlock = new RedlockAdapter(this.nodes, this.majority, this.scripts);
  }

  override acquire(keys: readonly string[], ttlMs: number, changed?: () => void, tokenAbove = 0n): Acquisition {
    const locks = this.locks(keys);
    const process = changed === undefined ? '' : this.id;
    let askedAt = '';
    return {
      attempt: async (): Promise<AcquireResult> => {
        this.waiters.add(locks, changed); // Before asking: the notification may arrive before the answer.
        const above = highest([tokenAbove, this.highestToken]);
        const result = await this.redlock.acquire(locks, ttlMs, [process, askedAt, String(above), processName]);
        if (result.granted) {
          const token = await this.finalToken(locks, result);
          this.waiters.remove(locks, changed);
          return { outcome: 'granted', grant: { keys, ttlMs, owner: result.owner, token } };
        }
        askedAt = changed === undefined ? '' : result.askedAt;
        const isListening = this.nodes.every((node) => node.isListening);
        return { outcome: 'refused', freeInMs: isListening ? result.freeInMs : Math.min(result.freeInMs, POLL_MS) };
      },
      withdraw: async () => {
        this.waiters.remove(locks, changed);
        if (askedAt !== '') await this.withdraw(locks);
      },
    };
  }

  override renew(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    const locks = grants.flatMap((grant) => this.locks(grant.keys));
    const args = grants.flatMap((grant) => grant.keys.flatMap(() => [grant.owner, grant.ttlMs]));
    const replies = this.nodes.map((node) => node.run(this.scripts.renew, locks, args) as Promise<number[]>);
    return majorityRenewals(grants, replies);
  }

  override release(grant: Grant): Promise<'released' | 'lost'> {
    return this.redlock.release(this.locks(grant.keys), grant.owner);
  }

  override heldLocks(limit: number): Promise<readonly HeldLock[]> {
    return listLocks(this.nodes, this.scripts.list, limit);
  }

  /** Frees the key on every server that answers. A majority suffices: the holder then has no majority any more. */
  override async forceRelease(key: string): Promise<boolean> {
    const asked = this.nodes.map((node) => node.run(this.scripts.forceRelease, this.locks([key]), []));
    try {
      return (await firstAnswers(asked, this.majority)).includes(1);
    } catch (error) {
      throw new LockBackendUnavailable({ cause: error });
    }
  }

  override async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
  }

  private locks(keys: readonly string[]): string[] {
    return keys.map((key) => `${this.options.keyPrefix}lock:${key}`);
  }

  /** One server's token is final. */
  private async finalToken(locks: readonly string[], { owner, token }: { owner: string; token: bigint }) {
    try {
      const final = this.nodes.length === 1 ? token : await this.agreedToken(locks, token);
      this.highestToken = highest([final, this.highestToken]);
      return final;
    } catch (error) {
      void this.redlock.release(locks, owner).catch(() => undefined); // If this fails, the ttl frees the keys.
      throw new LockBackendUnavailable({ cause: error });
    }
  }

  /**
   * Several servers each propose a token. The highest is valid once a majority has stored it and none of that majority had a higher one.
   * Every later grant of the key includes one of these servers, so it gets a greater token.
   */
  private async agreedToken(locks: readonly string[], proposed: bigint): Promise<bigint> {
    let token = proposed + 1n;
    for (let round = 1; round <= FENCE_ROUNDS_MAX; round += 1) {
      const args = [String(token)];
      const asked = this.nodes.map((node) => node.run(this.scripts.raise, locks, args));
      const found = await firstAnswers(asked, this.majority);
      const last = highest(found.map((text) => BigInt(String(text))));
      if (last < token) return token;
      token = last + 1n;
    }
    throw new Error('The servers did not agree on a fencing token.');
  }

  /** This process no longer waits for these locks. */
  private async withdraw(locks: readonly string[]): Promise<void> {
    // A server that cannot be reached may later notify this process for nothing; the other waiters find the key by their safety poll.
    await Promise.allSettled(this.nodes.map((node) => node.run(this.scripts.withdraw, locks, [this.id])));
  }

  private onReleased(lock: string): void {
    // The waiter has given up, so the next process is notified.
    if (!this.waiters.wake(lock)) void this.withdraw([lock]);
  }
}
