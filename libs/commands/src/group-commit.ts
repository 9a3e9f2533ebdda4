import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { DatabaseBusy } from '#database';
import { MicroBatcher } from '#kernel';
import { Locks, type Lease } from '#locking';
import { currentTrace, newTrace, rememberTrace, runInTrace, type Trace } from '#observability';
import type { Command } from './command.js';
import { CommandLists } from './command-lists.js';
import type { CommandOutcome, CommandRequest } from './command-request.js';
import { RequestInFlight } from './idempotency/idempotency.errors.js';

/** A request that waits for the next transaction of its command. */
interface Waiting {
  readonly member: CommandRequest<unknown, unknown>;
  readonly trace: Trace;
  readonly since: number;
  readonly settle: (outcome: CommandOutcome) => void;
}

type AnyCommand = Command<unknown, unknown>;

/**
 * Group commit: requests of one command that arrive while a transaction runs are executed together by the next one, in the order of their
 * arrival. Nobody waits for others to arrive: a request alone is a list of one. The cost of a commit, of the locks and of each statement is
 * shared by all members, so throughput grows with load instead of falling.
 */
@Injectable()
export class GroupCommit {
  private readonly batchers = new Map<AnyCommand, MicroBatcher<Waiting>>();
  /** Idempotency keys of requests that wait or run in this process. */
  private readonly keys = new Set<string>();
  /** A batch belongs to no caller: it must not inherit the locks or the trace of the one who happens to start it. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(
    private readonly lists: CommandLists,
    private readonly locks: Locks,
    private readonly config: Config,
  ) {}

  /** Whether requests of this command may share a transaction. */
  groups<Request, Result>({ batchMax }: Command<Request, Result>): boolean {
    return batchMax > 1 && this.config.COMMAND_BATCH_MAX > 1;
  }

  /** The outcome of the request. At once: `database_busy` when too many wait already, `request_in_flight` when its key is at work here. */
  async run<Request, Result>(
    command: Command<Request, Result>,
    member: CommandRequest<Request, Result>,
  ): Promise<CommandOutcome> {
    const batcher = this.batcherOf(command);
    if (batcher.waitingCount >= this.config.COMMAND_QUEUE_MAX) return { error: tooMany() };
    const key = member.key && `${member.key.scope}\0${member.key.key}`;
    if (key !== undefined && this.keys.has(key)) return { error: new RequestInFlight() };
    if (key !== undefined) this.keys.add(key);
    try {
      return await this.wait(batcher, member as CommandRequest<unknown, unknown>);
    } finally {
      if (key !== undefined) this.keys.delete(key);
    }
  }

  private wait(batcher: MicroBatcher<Waiting>, member: Waiting['member']): Promise<CommandOutcome> {
    const trace = currentTrace() ?? newTrace();
    const since = performance.now();
    return new Promise((settle, fail) => {
      this.outside(() => batcher.add({ member, trace, since, settle })).catch(fail);
    });
  }

  private batcherOf(command: AnyCommand): MicroBatcher<Waiting> {
    const batchMax = Math.min(command.batchMax, this.config.COMMAND_BATCH_MAX);
    const batcher =
      this.batchers.get(command) ?? new MicroBatcher<Waiting>((waiting) => this.process(command, waiting), batchMax);
    this.batchers.set(command, batcher);
    return batcher;
  }

  private async process(command: AnyCommand, all: readonly Waiting[]): Promise<void> {
    const earliest = performance.now() - this.config.DATABASE_QUEUE_TIMEOUT_MS;
    for (const { since, settle } of all) if (since < earliest) settle({ error: tooMany() });
    const waiting = all.filter(({ since }) => since >= earliest);
    if (waiting.length === 0) return;
    const lock = lockOf(command, waiting);
    if (lock === undefined) return this.runTogether(command, waiting);
    const { keys, options } = lock;
    const { acquired } = await this.locks.tryUsing(keys, options, () => this.runTogether(command, waiting));
    if (!acquired) await this.runWithoutBusy(command, waiting);
  }

  /** Somebody else has a key of this batch. Members whose keys are free go on; the others wait for theirs alone, and hold nobody up. */
  private async runWithoutBusy(command: AnyCommand, waiting: readonly Waiting[]): Promise<void> {
    const leases = await Promise.all(waiting.map((each) => this.tryLock(command, each)));
    try {
      const free = waiting.filter((_, place) => leases[place] !== 'busy');
      for (const each of waiting.filter((_, place) => leases[place] === 'busy')) this.runLater(command, each);
      if (free.length > 0) await this.runTogether(command, free);
    } finally {
      await Promise.all(leases.flatMap((lease) => (typeof lease === 'object' ? [lease.release()] : [])));
    }
  }

  /** Undefined for a request that needs no lock; one whose lock fails will see by itself why. */
  private async tryLock(command: AnyCommand, { member }: Waiting): Promise<Lease | 'busy' | undefined> {
    const lock = command.lock?.(member.request);
    if (lock === undefined || lock.keys.length === 0) return undefined;
    return this.locks
      .acquire(lock.keys, { ...lock.options, waitMs: 0, onTimeout: 'throw' })
      .catch(() => 'busy' as const);
  }

  private runLater(command: AnyCommand, { member, trace, settle }: Waiting): void {
    runInTrace(trace, () => this.lists.runAlone(command, member)).then(settle, (error: unknown) => settle({ error }));
  }

  /** A failure is the outcome of every member. */
  private async runTogether(command: AnyCommand, waiting: readonly Waiting[]): Promise<void> {
    for (const { member, trace } of waiting) if (isObject(member.request)) rememberTrace(member.request, trace);
    const [first, ...others] = waiting;
    const trace = others.length === 0 && first !== undefined ? first.trace : newTrace();
    const members = waiting.map(({ member }) => member);
    const outcomes = await runInTrace(trace, () => this.lists.run(command, members)).catch(
      (error: unknown): CommandOutcome[] => members.map(() => ({ error })),
    );
    for (const [place, { settle }] of waiting.entries()) settle(outcomes[place] ?? missing());
  }
}

/** One request for the keys of all. A key that several need is asked for once: their requests are decided one after the other. */
function lockOf(command: AnyCommand, waiting: readonly Waiting[]) {
  const locks = waiting.flatMap(({ member }) => command.lock?.(member.request) ?? []);
  const keys = [...new Set(locks.flatMap((lock) => lock.keys))];
  return locks[0] === undefined || keys.length === 0 ? undefined : { keys, options: locks[0].options };
}

const isObject = (request: unknown): request is object => typeof request === 'object' && request !== null;
const tooMany = () => new DatabaseBusy('too many requests wait for their turn');
const missing = (): CommandOutcome => ({ error: new Error('The request has no outcome.') });
