import type { RedlockClient } from 'redlock';
import { ACQUIRE, RELEASE } from './lock-scripts.js';
import type { RedisNode } from './redis-node.js';

type Arguments = readonly (string | number)[];

type Vote =
  | { readonly granted: true; readonly token: bigint }
  | { readonly granted: false; readonly freeInMs: number; readonly askedAt: string };

/** redlock counts votes and drops what comes with them; the ballot of one acquire keeps it. */
export class Ballot {
  /** redlock's random value, once it has asked the first node. */
  owner = '';
  private readonly votes = new Map<RedisNode, Vote>();
  private readonly asked = new Map<RedisNode, Promise<unknown>>();

  /** @param extras arguments of the acquire script after those that redlock gives */
  constructor(readonly extras: Arguments) {}

  /** Resolves with the number of keys that the node granted. */
  async cast(node: RedisNode, asked: Promise<unknown>): Promise<number> {
    this.asked.set(node, asked);
    const [count, value, askedAt] = (await asked) as [number, string | number, string?];
    if (askedAt === undefined) this.votes.set(node, { granted: true, token: BigInt(value) });
    else this.votes.set(node, { granted: false, freeInMs: expiryMs(Number(value)), askedAt });
    return count;
  }

  /** Resolves when the node has answered, or will not: whether it may hold keys for this ballot. */
  async mayHold(node: RedisNode): Promise<boolean> {
    await Promise.allSettled([this.asked.get(node)]);
    return this.votes.get(node)?.granted !== false;
  }

  /** Nodes that answered, either way. */
  get answers(): number {
    return this.votes.size;
  }

  highestToken(): bigint {
    return [...this.votes.values()].reduce((top, vote) => (vote.granted && vote.token > top ? vote.token : top), 0n);
  }

  /** The soonest expiry that a refusing node named, and when it first saw this process ask. */
  refusal(): { freeInMs: number; askedAt: string } {
    const refusals = [...this.votes.values()].filter((vote) => !vote.granted);
    return {
      freeInMs: Math.min(...refusals.map((vote) => vote.freeInMs)),
      askedAt: refusals[0]?.askedAt ?? '',
    };
  }
}

// Negative: no such key, or one without expiry, which no lock of ours is.
const expiryMs = (pttl: number): number => (pttl < 0 ? Number.POSITIVE_INFINITY : pttl);

/** Which ballot a call of redlock belongs to. */
export class Ballots {
  private opening: Ballot | undefined;
  private readonly byOwner = new Map<string, Ballot>();

  /** Casts the votes of one acquire on the ballot. redlock asks its nodes before `acquire` returns its promise. */
  async run<T>(ballot: Ballot, acquire: () => Promise<T>): Promise<T> {
    this.opening = ballot;
    const acquired = acquire();
    this.opening = undefined;
    try {
      return await acquired;
    } finally {
      this.byOwner.delete(ballot.owner);
    }
  }

  /** The ballot for which a node is asked to vote. */
  castBy(owner: string): Ballot {
    if (this.opening === undefined) throw new Error('redlock asks for locks after its acquire has returned.');
    this.opening.owner = owner;
    this.byOwner.set(owner, this.opening);
    return this.opening;
  }

  /** The ballot on which this owner is still voted, if it is. */
  under(owner: string): Ballot | undefined {
    return this.byOwner.get(owner);
  }
}

/** A node as redlock sees it. */
export class Voter implements RedlockClient {
  constructor(
    private readonly node: RedisNode,
    private readonly ballots: Ballots,
    /** Arguments of the release script after those that redlock gives. */
    private readonly releaseExtras: Arguments,
  ) {}

  async evalsha(sha: string, keyCount: number, args: Arguments): Promise<unknown> {
    const keys = args.slice(0, keyCount).map(String);
    const rest = args.slice(keyCount);
    const owner = String(rest[0]);
    if (sha !== RELEASE.sha) {
      const ballot = this.ballots.castBy(owner);
      return ballot.cast(this.node, this.node.run(ACQUIRE, keys, [...rest, ...ballot.extras]));
    }
    const ballot = this.ballots.under(owner);
    if (ballot === undefined) return this.node.run(RELEASE, keys, [...rest, ...this.releaseExtras]);
    // Inside an acquire, redlock takes back what a lost vote left on single nodes. Waiting for that would double the time that a server
    // which does not answer costs the caller.
    void this.takeBack(ballot, keys, rest);
    return keyCount;
  }

  private async takeBack(ballot: Ballot, keys: readonly string[], rest: Arguments): Promise<void> {
    if (!(await ballot.mayHold(this.node))) return;
    await Promise.allSettled([this.node.run(RELEASE, keys, [...rest, ...this.releaseExtras])]); // Unreachable: the ttl takes the keys back.
  }
}
