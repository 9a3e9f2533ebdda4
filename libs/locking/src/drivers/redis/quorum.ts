import Redlock, { ExecutionError, ResourceLockedError } from 'redlock';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { Ballot, Ballots, Voter } from './ballot.js';
import { ACQUIRE, RAISE, RELEASE, SEIZE, WITHDRAW } from './lock-scripts.js';
import { firstAnswers, majorityOf } from './majority.js';
import type { RedisNode } from './redis-node.js';
import { processName } from '../this-process.js';

/**
 * A fence of several servers is kept this long after the last grant of its key. From then on only their clocks keep tokens growing, so
 * it is longer than any step that a clock should take.
 */
const FENCE_TTL_MS = 2 * 3_600_000;
const FENCE_ROUNDS_MAX = 3;
/**
 * How long a released key is kept for the process that was told, so that processes take turns. Several servers could keep it for different
 * ones, and nobody would get a majority: there the quickest wins.
 */
const KEEP_MS = 100;

/** Who asks: told to the servers so that they can wake this process. */
export interface Asker {
  /** Empty when nobody will wait. */
  readonly process: string;
  /** When it first asked, as the servers said; empty at first. */
  readonly askedAt: string;
  /** The token that is wanted is greater. */
  readonly tokenAbove: bigint;
}

export type Verdict =
  | { readonly granted: true; readonly owner: string; readonly token: bigint }
  | { readonly granted: false; readonly freeInMs: number; readonly askedAt: string };

/** redlock's votes, one attempt each, and a token that a majority agrees on. */
export class Quorum {
  private readonly ballots = new Ballots();
  private readonly redlock: Redlock;
  private readonly majority: number;
  private readonly fenceTtlMs: number;
  private readonly keepMs: number;
  private highestToken = 0n;

  constructor(
    private readonly nodes: readonly RedisNode[],
    private readonly base: string,
  ) {
    const single = nodes.length === 1;
    this.majority = majorityOf(nodes.length);
    this.fenceTtlMs = single ? 0 : FENCE_TTL_MS;
    this.keepMs = single ? KEEP_MS : 0;
    this.redlock = new Redlock(
      nodes.map((node) => new Voter(node, this.ballots, [base, this.keepMs])),
      { retryCount: 0 },
      { acquireScript: () => ACQUIRE.lua, releaseScript: () => RELEASE.lua },
    );
  }

  /** @throws {LockBackendUnavailable} when no majority answers */
  async acquire(locks: readonly string[], ttlMs: number, asker: Asker): Promise<Verdict> {
    const { process, askedAt, tokenAbove } = asker;
    const highest = String(tokenAbove > this.highestToken ? tokenAbove : this.highestToken);
    const ballot = new Ballot([this.base, process, askedAt, highest, this.fenceTtlMs, this.keepMs, processName]);
    try {
      const lock = await this.ballots.run(ballot, () => this.redlock.acquire([...locks], ttlMs));
      const token = await this.agree(locks, lock.value, ballot.highestToken());
      return { granted: true, owner: lock.value, token };
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      // A server that is silent need not be waited for when the others suffice to know.
      const reasons = ballot.answers < this.majority ? await reasonsOf(error) : [];
      if (ballot.answers < this.majority) throw new LockBackendUnavailable({ cause: reasons.find(isFault) });
      return { granted: false, ...ballot.refusal() };
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

  /** A process does not wait for these locks any more. */
  async withdraw(locks: readonly string[], process: string): Promise<void> {
    const args = [this.base, process, this.keepMs];
    // A server that cannot be told wakes this process in vain; the others then find the key by their safety poll.
    await Promise.allSettled(this.nodes.map((node) => node.run(WITHDRAW, locks, args)));
  }

  /**
   * Frees a lock on every server that answers. A majority suffices: who holds it then has no majority any more.
   *
   * @throws {LockBackendUnavailable} when no majority answers
   */
  async seize(lock: string): Promise<boolean> {
    const args = [this.base, this.fenceTtlMs, this.keepMs];
    try {
      const freed = await firstAnswers(
        this.nodes.map((node) => node.run(SEIZE, [lock], args)),
        this.majority,
      );
      return freed.includes(1);
    } catch (error) {
      throw new LockBackendUnavailable({ cause: error });
    }
  }

  /**
   * One server's token is final. Several servers each offer one; the highest counts once a majority has it and none of that majority
   * knew a higher one. Every later grant of the key meets one of these servers, so it gets a greater token.
   */
  private async agree(locks: readonly string[], owner: string, offered: bigint): Promise<bigint> {
    let token = offered;
    try {
      if (this.nodes.length > 1) token = await this.raise(locks, offered + 1n);
    } catch (error) {
      void this.release(locks, owner).catch(() => undefined); // Unreachable: the ttl takes the keys back.
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

/** Why nodes voted against, once all have answered. */
async function reasonsOf(failed: ExecutionError): Promise<Error[]> {
  const stats = await Promise.all(failed.attempts);
  return stats.flatMap(({ votesAgainst }) => Array.from(votesAgainst.values()));
}

/** Not a vote, but a node that cannot vote. */
const isFault = (reason: Error): boolean => !(reason instanceof ResourceLockedError);
