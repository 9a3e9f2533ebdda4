import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { DatabaseBusy } from '#database';
import { MicroBatcher } from '#kernel';
import { Locks, type Lease } from '#locking';
import { currentTrace, newTrace, rememberTrace, runInTrace, type Trace } from '#observability';
import { RequestInFlight } from './idempotency/idempotency.errors.js';
import type { IdempotencyKey } from './idempotency/idempotency-key.js';
import type { LockRequest } from './lock-domain.js';

/** What is done with requests in one transaction, however many they are. */
export interface Group<Item extends Grouped, Result> {
  /** Requests that may share a transaction. */
  readonly batchMax: number;
  /** Acquired for each request by itself. */
  readonly lock?: (item: Item) => LockRequest | undefined;
  /** Whether a second request with the same key is refused while the first waits or runs. */
  readonly claimsKeys: boolean;
  /** Outcomes come in the order of the items. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
}

interface Grouped {
  readonly key?: IdempotencyKey | undefined;
  readonly request: unknown;
}

/** A request that waits for the next transaction of its group. */
interface Waiting {
  readonly item: Grouped;
  readonly trace: Trace;
  readonly since: number;
  readonly settle: (result: unknown) => void;
  readonly fail: (error: unknown) => void;
}

type AnyGroup = Group<Grouped, unknown>;

/**
 * Group commit: requests of one kind that arrive while a transaction runs are executed together by the next one, in the order of their
 * arrival. Nobody waits for others to arrive: a request alone is a list of one. The cost of a commit, of the locks and of each statement is
 * shared by all, so throughput grows with load instead of falling.
 */
@Injectable()
export class GroupCommit {
  private readonly batchers = new Map<AnyGroup, MicroBatcher<Waiting>>();
  /** Idempotency keys of requests that wait or run in this process. */
  private readonly keys = new Set<string>();
  /** A batch belongs to no caller: it must not inherit the locks or the trace of the one who happens to start it. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(
    private readonly locks: Locks,
    private readonly config: Config,
  ) {}

  /**
   * What becomes of the request.
   *
   * @throws {DatabaseBusy} at once when too many wait already, or after it has waited too long. @throws {RequestInFlight} when its key is at
   * work here. @throws what the work and the locks throw.
   */
  async run<Item extends Grouped, Result>(group: Group<Item, Result>, item: Item): Promise<Result> {
    const batchMax = Math.min(group.batchMax, this.config.COMMAND_BATCH_MAX);
    if (batchMax === 1) return this.runAlone(group as AnyGroup, item) as Promise<Result>;
    const batcher = this.batcherOf(group as AnyGroup, batchMax);
    if (batcher.waitingCount >= this.config.COMMAND_QUEUE_MAX) throw tooMany();
    const key = group.claimsKeys && item.key ? `${item.key.scope}\0${item.key.key}` : undefined;
    if (key !== undefined && this.keys.has(key)) throw new RequestInFlight();
    if (key !== undefined) this.keys.add(key);
    try {
      return (await this.wait(batcher, item)) as Result;
    } finally {
      if (key !== undefined) this.keys.delete(key);
    }
  }

  private wait(batcher: MicroBatcher<Waiting>, item: Grouped): Promise<unknown> {
    const trace = currentTrace() ?? newTrace();
    const since = performance.now();
    return new Promise((settle, fail) => {
      this.outside(() => batcher.add({ item, trace, since, settle, fail })).catch(fail);
    });
  }

  private batcherOf(group: AnyGroup, batchMax: number): MicroBatcher<Waiting> {
    const batcher =
      this.batchers.get(group) ?? new MicroBatcher<Waiting>((waiting) => this.process(group, waiting), batchMax);
    this.batchers.set(group, batcher);
    return batcher;
  }

  private async process(group: AnyGroup, all: readonly Waiting[]): Promise<void> {
    const earliest = performance.now() - this.config.DATABASE_QUEUE_TIMEOUT_MS;
    for (const { since, fail } of all) if (since < earliest) fail(tooMany());
    const waiting = all.filter(({ since }) => since >= earliest);
    if (waiting.length === 0) return;
    const lock = lockOf(group, waiting);
    if (lock === undefined) return this.runTogether(group, waiting);
    const { keys, options } = lock;
    const { acquired } = await this.locks.tryUsing(keys, options, () => this.runTogether(group, waiting));
    if (!acquired) await this.runWithoutBusy(group, waiting);
  }

  /** Somebody else has a key of this batch. Members whose keys are free go on; the others wait for theirs alone, and hold nobody up. */
  private async runWithoutBusy(group: AnyGroup, waiting: readonly Waiting[]): Promise<void> {
    const leases = await Promise.all(waiting.map((each) => this.tryLock(group, each)));
    try {
      const free = waiting.filter((_, place) => leases[place] !== 'busy');
      for (const { item, trace, settle, fail } of waiting.filter((_, place) => leases[place] === 'busy')) {
        runInTrace(trace, () => this.runAlone(group, item)).then(settle, fail);
      }
      if (free.length > 0) await this.runTogether(group, free);
    } finally {
      await Promise.all(leases.flatMap((lease) => (typeof lease === 'object' ? [lease.release()] : [])));
    }
  }

  /** Undefined for a request that needs no lock; one whose lock fails will see by itself why. */
  private async tryLock(group: AnyGroup, { item }: Waiting): Promise<Lease | 'busy' | undefined> {
    const lock = group.lock?.(item);
    if (lock === undefined || lock.keys.length === 0) return undefined;
    return this.locks
      .acquire(lock.keys, { ...lock.options, waitMs: 0, onTimeout: 'throw' })
      .catch(() => 'busy' as const);
  }

  private async runAlone(group: AnyGroup, item: Grouped): Promise<unknown> {
    const lock = group.lock?.(item);
    const work = () => group.run([item]);
    const [result] = await (lock === undefined || lock.keys.length === 0
      ? work()
      : this.locks.using(lock.keys, lock.options, work));
    return result;
  }

  /** A failure is everybody's. */
  private async runTogether(group: AnyGroup, waiting: readonly Waiting[]): Promise<void> {
    for (const { item, trace } of waiting) rememberTrace(item.request, trace);
    const [first, ...others] = waiting;
    const trace = others.length === 0 && first !== undefined ? first.trace : newTrace();
    try {
      const results = await runInTrace(trace, () => group.run(waiting.map(({ item }) => item)));
      for (const [place, { settle }] of waiting.entries()) settle(results[place]);
    } catch (error) {
      for (const { fail } of waiting) fail(error);
    }
  }
}

/** One request for the keys of all. A key that several need is asked for once: their requests are decided one after the other. */
function lockOf(group: AnyGroup, waiting: readonly Waiting[]): LockRequest | undefined {
  const locks = waiting.flatMap(({ item }) => group.lock?.(item) ?? []);
  const keys = [...new Set(locks.flatMap((lock) => lock.keys))];
  return locks[0] === undefined || keys.length === 0 ? undefined : { keys, options: locks[0].options };
}

const tooMany = () => new DatabaseBusy('too many requests wait for their turn');
