import { AsyncLocalStorage } from 'node:async_hooks';
import type { RedlockClient } from 'redlock';
import { RELEASE } from './lock-scripts.js';
import type { RedisNode } from './redis-node.js';

type Arguments = readonly (string | number)[];

type Vote =
  | { readonly granted: true; readonly token: bigint }
  | { readonly granted: false; readonly freeInMs: number; readonly askedAt: string };

/** redlock counts votes and drops what comes with them; the ballot of one acquire keeps it. */
export class Ballot {
  private readonly votes = new Map<RedisNode, Vote>();

  /** @param extras arguments of the acquire script after those that redlock gives */
  constructor(readonly extras: Arguments) {}

  note(node: RedisNode, reply: readonly unknown[]): void {
    const [count, value, askedAt] = reply.map(String);
    if (count === undefined || value === undefined) return;
    if (askedAt === undefined) this.votes.set(node, { granted: true, token: BigInt(value) });
    else this.votes.set(node, { granted: false, freeInMs: expiryMs(Number(value)), askedAt });
  }

  refusedBy(node: RedisNode): boolean {
    return this.votes.get(node)?.granted === false;
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

/** A node as redlock sees it. */
export class Voter implements RedlockClient {
  constructor(
    private readonly node: RedisNode,
    private readonly ballots: AsyncLocalStorage<Ballot>,
    private readonly base: string,
  ) {}

  evalsha(sha: string, keyCount: number, args: Arguments): Promise<unknown> {
    const send = (extras: Arguments) => this.node.evalsha(sha, keyCount, [...args, ...extras]);
    return sha === RELEASE.sha ? this.release(keyCount, args, send) : this.acquire(send);
  }

  eval(lua: string, keyCount: number, args: Arguments): Promise<unknown> {
    const send = (extras: Arguments) => this.node.eval(lua, keyCount, [...args, ...extras]);
    return lua === RELEASE.lua ? this.release(keyCount, args, send) : this.acquire(send);
  }

  private async acquire(send: (extras: Arguments) => Promise<unknown>): Promise<unknown> {
    const ballot = this.ballots.getStore();
    const reply = (await send(ballot?.extras ?? [])) as unknown[];
    ballot?.note(this.node, reply);
    return reply[0];
  }

  /**
   * Inside an acquire, redlock takes back what a lost vote left on single nodes. It need not wait for that: a node that does not answer
   * would only double the time until the caller knows, and one that refused holds nothing of ours.
   */
  private async release(
    keyCount: number,
    args: Arguments,
    send: (extras: Arguments) => Promise<unknown>,
  ): Promise<unknown> {
    const ballot = this.ballots.getStore();
    if (ballot === undefined) return send([this.base]);
    if (!ballot.refusedBy(this.node)) {
      const [keys, rest] = [args.slice(0, keyCount).map(String), args.slice(keyCount)];
      this.node.run(RELEASE, keys, [...rest, this.base]).catch(() => undefined); // Unreachable: its ttl takes the key back.
    }
    return keyCount;
  }
}
