import { AsyncLocalStorage } from 'node:async_hooks';
import Redlock, { ExecutionError, ResourceLockedError } from 'redlock';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { Ballot, Voter } from './ballot.js';
import { ACQUIRE, RAISE, RELEASE } from './lock-scripts.js';
import { firstAnswers, majorityOf } from './majority.js';
import type { RedisNode } from './redis-node.js';

/**
 * A fence of several servers is kept this long after the last grant of its key. From then on only their clocks keep tokens growing, so
 * it is longer than any step that a clock should take.
 */
const FENCE_TTL_MS = 2 * 3_600_000;
const FENCE_ROUNDS_MAX = 3;

/** Who asks: told to the servers so that they can wake this process. */
export interface Asker {
  /** Empty when nobody will wait. */
  readonly process: string;
  /** When it first asked, as the servers said; empty at first. */
  readonly askedAt: string;
}

export type Verdict =
  | { readonly granted: true; readonly owner: string; readonly token: bigint }
  | { readonly granted: false; readonly freeInMs: number; readonly askedAt: string };

/** redlock's votes, one attempt each, and a token that a majority agrees on. */
export class Quorum {
  private readonly ballots = new AsyncLocalStorage<Ballot>();
  private readonly redlock: Redlock;
  private readonly majority: number;
  private highestToken = 0n;

  constructor(
    private readonly nodes: readonly RedisNode[],
    private readonly base: string,
  ) {
    this.majority = majorityOf(nodes.length);
    this.redlock = new Redlock(
      nodes.map((node) => new Voter(node, this.ballots, base)),
      { retryCount: 0 },
      { acquireScript: () => ACQUIRE.lua, releaseScript: () => RELEASE.lua },
    );
  }

  /** @throws {LockBackendUnavailable} when no majority answers */
  async acquire(locks: readonly string[], ttlMs: number, asker: Asker): Promise<Verdict> {
    const fenceTtlMs = this.nodes.length === 1 ? 0 : FENCE_TTL_MS;
    const ballot = new Ballot([this.base, asker.process, asker.askedAt, String(this.highestToken), fenceTtlMs]);
    try {
      const lock = await this.ballots.run(ballot, () => this.redlock.acquire([...locks], ttlMs));
      const token = await this.agree(locks, lock.value, ballot.highestToken());
      return { granted: true, owner: lock.value, token };
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      await Promise.all(error.attempts);
      if (ballot.answers < this.majority) throw new LockBackendUnavailable({ cause: error });
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
      if ((await denialsIn(error)) >= this.majority) return 'lost';
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
      const args = [this.base, String(token), FENCE_TTL_MS];
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

/** How many nodes said that the keys are not this owner's. */
async function denialsIn(failed: ExecutionError): Promise<number> {
  let denials = 0;
  for (const { votesAgainst } of await Promise.all(failed.attempts)) {
    for (const reason of votesAgainst.values()) if (reason instanceof ResourceLockedError) denials += 1;
  }
  return denials;
}
