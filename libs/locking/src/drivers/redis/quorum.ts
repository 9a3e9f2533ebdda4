import Redlock, { ExecutionError, ResourceLockedError } from 'redlock';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { AcquireAttempt, AcquireAttempts, RedlockNodeClient } from './acquire-attempt.js';
import { ACQUIRE, RAISE, RELEASE, FORCE_RELEASE, WITHDRAW } from './lock-scripts.js';
import { firstAnswers, majorityOf } from './majority.js';
import type { RedisNode } from './redis-node.js';
import { processName } from '../this-process.js';

/**
 * With several servers a fence is kept this long after the last grant of its key. Later, only the servers' clocks keep tokens growing, so
 * this is longer than any step of a clock.
 */
const FENCE_TTL_MS = 2 * 3_600_000;
const FENCE_ROUNDS_MAX = 3;
/**
 * How long a released key is reserved for the process that was notified, so that processes alternate. Several servers could reserve it for
 * different processes, and nobody would get a majority: there it is off.
 */
const RESERVE_MS = 100;

/** The asking process, so that the servers can wake it. */
export interface Asker {
  /** Empty when the caller will not wait. */
  readonly process: string;
  /** When it first asked, as the servers returned it; empty at first. */
  readonly askedAt: string;
  /** The granted token must be greater. */
  readonly tokenAbove: bigint;
}

export type QuorumResult =
  | { readonly granted: true; readonly owner: string; readonly token: bigint }
  | { readonly granted: false; readonly freeInMs: number; readonly askedAt: string };

/** Acquires and releases through redlock, with a fencing token that a majority of the servers agrees on. */
export class Quorum {
  private readonly attempts = new AcquireAttempts();
  private readonly redlock: Redlock;
  private readonly majority: number;
  private readonly fenceTtlMs: number;
  private readonly reserveMs: number;
  private highestToken = 0n;

  constructor(
    private readonly nodes: readonly RedisNode[],
    private readonly base: string,
  ) {
    const single = nodes.length === 1;
    this.majority = majorityOf(nodes.length);
    this.fenceTtlMs = single ? 0 : FENCE_TTL_MS;
    this.reserveMs = single ? RESERVE_MS : 0;
    this.redlock = new Redlock(
      nodes.map((node) => new RedlockNodeClient(node, this.attempts, [base, this.reserveMs])),
      { retryCount: 0 },
      { acquireScript: () => ACQUIRE.lua, releaseScript: () => RELEASE.lua },
    );
  }

  /** @throws {LockBackendUnavailable} when no majority answers */
  async acquire(locks: readonly string[], ttlMs: number, asker: Asker): Promise<QuorumResult> {
    const { process, askedAt, tokenAbove } = asker;
    const highest = String(tokenAbove > this.highestToken ? tokenAbove : this.highestToken);
    const attempt = new AcquireAttempt([
      this.base,
      process,
      askedAt,
      highest,
      this.fenceTtlMs,
      this.reserveMs,
      processName,
    ]);
    try {
      const lock = await this.attempts.run(attempt, () => this.redlock.acquire([...locks], ttlMs));
      const token = await this.agree(locks, lock.value, attempt.highestToken());
      return { granted: true, owner: lock.value, token };
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      // No need to wait for a silent server when the others suffice.
      const reasons = attempt.answers < this.majority ? await reasonsOf(error) : [];
      if (attempt.answers < this.majority) throw new LockBackendUnavailable({ cause: reasons.find(isFault) });
      return { granted: false, ...attempt.refusal() };
    }
  }

  /** @throws {LockBackendUnavailable} when no majority answers */
  async release(locks: readonly string[], owner: string): Promise<'released' | 'lost'> {
    try {
      await this.redlock.release({ resources: [...locks], value: owner, expiration: 0 });
      return 'released';
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      const reasons = await reasonsOf(error);
      const faults = reasons.filter(isFault);
      if (reasons.length - faults.length >= this.majority) return 'lost';
      throw new LockBackendUnavailable({ cause: faults[0] });
    }
  }

  /** The process no longer waits for these locks. */
  async withdraw(locks: readonly string[], process: string): Promise<void> {
    const args = [this.base, process, this.reserveMs];
    // A server that cannot be reached may later notify this process for nothing; the other waiters find the key by their safety poll.
    await Promise.allSettled(this.nodes.map((node) => node.run(WITHDRAW, locks, args)));
  }

  /**
   * Frees a lock on every server that answers. A majority suffices: the holder then has no majority any more.
   *
   * @throws {LockBackendUnavailable} when no majority answers
   */
  async forceRelease(lock: string): Promise<boolean> {
    const args = [this.base, this.fenceTtlMs, this.reserveMs];
    try {
      const freed = await firstAnswers(
        this.nodes.map((node) => node.run(FORCE_RELEASE, [lock], args)),
        this.majority,
      );
      return freed.includes(1);
    } catch (error) {
      throw new LockBackendUnavailable({ cause: error });
    }
  }

  /**
   * One server's token is final. Several servers each propose one. The highest is valid once a majority has stored it and none of that
   * majority had a higher one. Every later grant of the key includes one of these servers, so it gets a greater token.
   */
  private async agree(locks: readonly string[], owner: string, proposed: bigint): Promise<bigint> {
    let token = proposed;
    try {
      if (this.nodes.length > 1) token = await this.raise(locks, proposed + 1n);
    } catch (error) {
      void this.release(locks, owner).catch(() => undefined); // If this fails, the ttl frees the keys.
      throw new LockBackendUnavailable({ cause: error });
    }
    if (token > this.highestToken) this.highestToken = token;
    return token;
  }

  private async raise(locks: readonly string[], first: bigint): Promise<bigint> {
    let token = first;
    for (let round = 1; round <= FENCE_ROUNDS_MAX; round += 1) {
      const args = [this.base, String(token), this.fenceTtlMs];
      const found = await firstAnswers(
        this.nodes.map((node) => node.run(RAISE, locks, args)),
        this.majority,
      );
      const highest = found.map((text) => BigInt(String(text))).reduce((top, next) => (next > top ? next : top), 0n);
      if (highest < token) return token;
      token = highest + 1n;
    }
    throw new Error('The servers did not agree on a fencing token.');
  }
}

/** The errors of the nodes that did not grant, once all have answered. */
async function reasonsOf(failed: ExecutionError): Promise<Error[]> {
  const stats = await Promise.all(failed.attempts);
  return stats.flatMap(({ votesAgainst }) => Array.from(votesAgainst.values()));
}

/** The node did not answer, as opposed to a node that refused. */
const isFault = (reason: Error): boolean => !(reason instanceof ResourceLockedError);
