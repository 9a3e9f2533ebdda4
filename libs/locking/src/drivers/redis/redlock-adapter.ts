import { AsyncLocalStorage } from 'node:async_hooks';
import Redlock, { ExecutionError, Lock, ResourceLockedError } from 'redlock';
import type { Redis } from 'ioredis';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { highest } from '../driver.js';
import type { LockScripts } from './lock-scripts.js';
import type { RedisNode } from './redis-node.js';

type Arguments = readonly (string | number)[];

interface Refusal {
  readonly granted: false;
  readonly freeInMs: number;
  readonly askedAt: string;
}

type NodeResult = { readonly granted: true; readonly token: bigint } | Refusal;

/** What redlock has no room for in one call: our further arguments of the script, and what the nodes reply beside a count. */
class Call {
  readonly results: NodeResult[] = [];
  /** Settles with the result of the node, or `undefined` when it did not answer. */
  readonly pending = new Map<RedisNode, Promise<NodeResult | undefined>>();

  constructor(readonly extras: Arguments) {}
}

export type QuorumResult = { readonly granted: true; readonly owner: string; readonly token: bigint } | Refusal;

/** The call of the adapter in which redlock calls a node. */
const calls = new AsyncLocalStorage<Call>();

/** The client that redlock calls for one node. */
class NodeClient {
  constructor(
    private readonly node: RedisNode,
    private readonly scripts: LockScripts,
  ) {}

  async evalsha(sha: string, keyCount: number, args: Arguments): Promise<number> {
    const call = calls.getStore();
    if (call === undefined) throw new Error('redlock called a node outside of its adapter.');
    const keys = args.slice(0, keyCount).map(String);
    const rest = args.slice(keyCount);
    if (sha === this.scripts.acquire.sha) return this.acquire(call, keys, rest);
    if (call.pending.size === 0) return (await this.node.run(this.scripts.release, keys, rest)) as number;
    // A failed acquire: redlock frees the keys on the nodes that had granted them. Waiting for that would double the time that a silent
    // server costs the caller.
    void this.takeBack(call, keys, rest);
    return keyCount;
  }

  private async acquire(call: Call, keys: readonly string[], rest: Arguments): Promise<number> {
    const reply = this.node.run(this.scripts.acquire, keys, [...rest, ...call.extras]).then((value) => {
      const result = resultOf(value as AcquireReply);
      call.results.push(result);
      return result;
    });
    call.pending.set(
      this.node,
      reply.catch(() => undefined),
    );
    return (await reply).granted ? keys.length : 0;
  }

  private async takeBack(call: Call, keys: readonly string[], rest: Arguments): Promise<void> {
    const result = await call.pending.get(this.node);
    if (result?.granted === false) return;
    await this.node.run(this.scripts.release, keys, rest).catch(() => undefined); // If the node cannot be reached, the ttl frees the keys.
  }
}

/** Acquires and releases by redlock: it counts the nodes' results. Waiting, retries and renewal are ours. */
export class RedlockAdapter {
  private readonly redlock: Redlock;

  constructor(
    nodes: readonly RedisNode[],
    private readonly majority: number,
    scripts: LockScripts,
  ) {
    const clients = nodes.map((node) => new NodeClient(node, scripts));
    this.redlock = new Redlock(
      clients as Iterable<unknown> as Iterable<Redis>, // It calls `evalsha`, and `eval` only after a NOSCRIPT error.
      { retryCount: 0 },
      { acquireScript: () => scripts.acquire.lua, releaseScript: () => scripts.release.lua },
    );
  }

  /**
   * @param extras arguments of the acquire script after those that redlock gives
   * @throws {LockBackendUnavailable} when no majority answers
   */
  async acquire(locks: readonly string[], ttlMs: number, extras: Arguments): Promise<QuorumResult> {
    const call = new Call(extras);
    try {
      const { value: owner } = await calls.run(call, () => this.redlock.acquire([...locks], ttlMs));
      const token = highest(call.results.map((result) => (result.granted ? result.token : 0n)));
      return { granted: true, owner, token };
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      // No need to wait for a silent server when the others suffice.
      const errors = call.results.length < this.majority ? await errorsOf(error) : [];
      if (call.results.length < this.majority) throw new LockBackendUnavailable({ cause: errors.find(isFault) });
      const refusals = call.results.filter((result) => !result.granted);
      const freeInMs = Math.min(...refusals.map((result) => result.freeInMs));
      return { granted: false, freeInMs, askedAt: refusals[0]?.askedAt ?? '' };
    }
  }

  /** @throws {LockBackendUnavailable} when no majority answers */
  async release(locks: readonly string[], owner: string): Promise<'released' | 'lost'> {
    const lock = new Lock(this.redlock, [...locks], owner, [], 0);
    try {
      await calls.run(new Call([]), () => lock.release());
      return 'released';
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      const errors = await errorsOf(error);
      const faults = errors.filter(isFault);
      if (errors.length - faults.length >= this.majority) return 'lost';
      throw new LockBackendUnavailable({ cause: faults[0] });
    }
  }
}

type AcquireReply = [count: number, value: string | number, askedAt?: string];

function resultOf([, value, askedAt]: AcquireReply): NodeResult {
  if (askedAt === undefined) return { granted: true, token: BigInt(value) };
  // Negative: the key does not exist, or has no expiry and is not a lock.
  return { granted: false, freeInMs: Number(value) < 0 ? Number.POSITIVE_INFINITY : Number(value), askedAt };
}

/** The errors of the nodes that did not grant, or did not release, once all have answered. */
async function errorsOf(failed: ExecutionError): Promise<Error[]> {
  const stats = await Promise.all(failed.attempts);
  return stats.flatMap(({ votesAgainst }) => Array.from(votesAgainst.values()));
}

/** The node did not answer, as opposed to a node that refused. */
const isFault = (error: Error): boolean => !(error instanceof ResourceLockedError);
