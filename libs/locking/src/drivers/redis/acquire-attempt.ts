import type { RedlockClient } from 'redlock';
import { ACQUIRE, RELEASE } from './lock-scripts.js';
import type { RedisNode } from './redis-node.js';

type Arguments = readonly (string | number)[];

type NodeResult =
  | { readonly granted: true; readonly token: bigint }
  | { readonly granted: false; readonly freeInMs: number; readonly askedAt: string };

/** The results of all nodes for one acquire. redlock counts them, but drops the token and the waiting time that come with them. */
export class AcquireAttempt {
  /** redlock's random value, once it has asked the first node. */
  owner = '';
  private readonly results = new Map<RedisNode, NodeResult>();
  private readonly replies = new Map<RedisNode, Promise<unknown>>();

  /** @param extras arguments of the acquire script after those that redlock gives */
  constructor(readonly extras: Arguments) {}

  /** Resolves with the number of keys that the node granted. */
  async record(node: RedisNode, reply: Promise<unknown>): Promise<number> {
    this.replies.set(node, reply);
    const [count, value, askedAt] = (await reply) as [number, string | number, string?];
    if (askedAt === undefined) this.results.set(node, { granted: true, token: BigInt(value) });
    else this.results.set(node, { granted: false, freeInMs: expiryMs(Number(value)), askedAt });
    return count;
  }

  /** Waits for the node's reply. @returns whether the node may hold keys for this attempt */
  async mayHold(node: RedisNode): Promise<boolean> {
    await Promise.allSettled([this.replies.get(node)]);
    return this.results.get(node)?.granted !== false;
  }

  /** Nodes that answered, granted or refused. */
  get answers(): number {
    return this.results.size;
  }

  highestToken(): bigint {
    return [...this.results.values()].reduce(
      (top, result) => (result.granted && result.token > top ? result.token : top),
      0n,
    );
  }

  /** The soonest expiry that a refusing node returned, and when that node first saw this process ask. */
  refusal(): { freeInMs: number; askedAt: string } {
    const refusals = [...this.results.values()].filter((result) => !result.granted);
    return {
      freeInMs: Math.min(...refusals.map((result) => result.freeInMs)),
      askedAt: refusals[0]?.askedAt ?? '',
    };
  }
}

// Negative: the key does not exist, or has no expiry and is not a lock.
const expiryMs = (pttl: number): number => (pttl < 0 ? Number.POSITIVE_INFINITY : pttl);

/** Finds the attempt that a call of redlock belongs to. */
export class AcquireAttempts {
  private starting: AcquireAttempt | undefined;
  private readonly byOwner = new Map<string, AcquireAttempt>();

  /** Runs redlock's acquire for this attempt. redlock calls its clients before `acquire` returns its promise. */
  async run<T>(attempt: AcquireAttempt, acquire: () => Promise<T>): Promise<T> {
    this.starting = attempt;
    const acquired = acquire();
    this.starting = undefined;
    try {
      return await acquired;
    } finally {
      this.byOwner.delete(attempt.owner);
    }
  }

  /** The attempt that is being started, from now on known by redlock's value. */
  startedBy(owner: string): AcquireAttempt {
    if (this.starting === undefined) throw new Error('redlock called a client after its acquire had returned.');
    this.starting.owner = owner;
    this.byOwner.set(owner, this.starting);
    return this.starting;
  }

  /** The attempt with redlock's value, while its acquire runs. */
  runningFor(owner: string): AcquireAttempt | undefined {
    return this.byOwner.get(owner);
  }
}

/** The client that redlock calls for one node. It adds the arguments that our scripts need, and records the replies. */
export class RedlockNodeClient implements RedlockClient {
  constructor(
    private readonly node: RedisNode,
    private readonly attempts: AcquireAttempts,
    /** Arguments of the release script after those that redlock gives. */
    private readonly releaseExtras: Arguments,
  ) {}

  async evalsha(sha: string, keyCount: number, args: Arguments): Promise<unknown> {
    const keys = args.slice(0, keyCount).map(String);
    const rest = args.slice(keyCount);
    const owner = String(rest[0]);
    if (sha !== RELEASE.sha) {
      const attempt = this.attempts.startedBy(owner);
      return attempt.record(this.node, this.node.run(ACQUIRE, keys, [...rest, ...attempt.extras]));
    }
    const attempt = this.attempts.runningFor(owner);
    if (attempt === undefined) return this.node.run(RELEASE, keys, [...rest, ...this.releaseExtras]);
    // A failed acquire: redlock frees the keys on the nodes that had granted them. Waiting for that would double the time that a silent
    // server costs the caller.
    void this.takeBack(attempt, keys, rest);
    return keyCount;
  }

  private async takeBack(attempt: AcquireAttempt, keys: readonly string[], rest: Arguments): Promise<void> {
    if (!(await attempt.mayHold(this.node))) return;
    await Promise.allSettled([this.node.run(RELEASE, keys, [...rest, ...this.releaseExtras])]); // If the node cannot be reached, the ttl frees the keys.
  }
}
