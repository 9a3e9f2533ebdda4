import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { Transactions, type Tx } from '#database';
import type { ReceivedEvent } from '../events/event.js';
import { claim, isTaken } from '../inbox/inbox.js';
import { advance } from '../inbox/progress.js';
import type { BatchHandler, CommittingHandler, SingleHandler, ShutdownSignals } from './consumed-queue.js';
import { Deadline } from '../concurrency/deadline.js';
import { Semaphore } from '../concurrency/semaphore.js';

/** Connections that handlers leave to the rest of the process: timers, metrics, health. */
const CONNECTIONS_SPARED = 2;

export interface Try<Handler extends SingleHandler | CommittingHandler> {
  readonly queue: string;
  readonly handler: Handler;
  readonly event: ReceivedEvent;
  /** From 1, over all deliveries. */
  readonly attempt: number;
}

export type TryOutcome = 'handled' | 'duplicate' | 'requeued';

export interface BatchTry {
  readonly queue: string;
  readonly handler: BatchHandler;
  /** Each id once. */
  readonly events: readonly ReceivedEvent[];
}

/** One try: the inbox rows, the handler's effect and the events it states commit together or not at all. */
@Injectable()
export class HandlerRunner {
  /** Queues prefetch more than there are connections; whoever waits here does not time out waiting for one. */
  private readonly semaphore: Semaphore;

  constructor(
    config: Config,
    private readonly transactions: Transactions,
  ) {
    this.semaphore = new Semaphore(Math.max(1, config.DATABASE_POOL_MAX - CONNECTIONS_SPARED));
  }

  /** @throws whatever the handler throws, {HandlerTimeout}, the reason of `stopping.over`, and what Transactions throws. */
  async run({ queue, handler, event, attempt }: Try<SingleHandler>, stopping: ShutdownSignals): Promise<TryOutcome> {
    const fresh = await this.inTransaction(handler.limitMs, stopping, async (tx, signal) => {
      const unknown = await claim(tx, queue, [event.id]);
      const due = unknown.size > 0 && (handler.ordered !== true || (await advance(tx, queue, event)));
      if (due) await handler.handle(event, { tx, attempt, signal });
      return due;
    });
    if (fresh === 'requeued') return fresh;
    return fresh ? 'handled' : 'duplicate';
  }

  /**
   * The handler waits for others while nothing of the database is held for it; a connection is lent for the look into the inbox and for
   * its commit.
   *
   * @throws as `run` does, and when the handler ends without having committed.
   */
  async runCommitting(
    { queue, handler, event, attempt }: Try<CommittingHandler>,
    stopping: ShutdownSignals,
  ): Promise<TryOutcome> {
    if (await this.semaphore.run(() => this.transactions.read((db) => isTaken(db, queue, event.id))))
      return 'duplicate';
    // Not before: the time until a connection was free is none of the handler's.
    if (stopping.draining.aborted) return 'requeued';
    using deadline = new Deadline(handler.limitMs, stopping.over);
    const { signal } = deadline;
    let committed: TryOutcome | undefined;
    const commit = async (work: (tx: Tx) => Promise<void>): Promise<void> => {
      if (committed) throw new Error(`The handler of ${event.type} has committed already.`);
      committed = await this.semaphore.run(() =>
        this.transactions.run((tx) => once(tx, queue, event.id, work), signal),
      );
    };
    await deadline.bound(() => handler.handle(event, { commit, attempt, signal }));
    if (!committed) throw new Error(`The handler of ${event.type} has committed nothing.`);
    return committed;
  }

  /** Returns the ids of those that have taken effect now; the others had before. @throws as `run` does. */
  runBatch({ queue, handler, events }: BatchTry, stopping: ShutdownSignals): Promise<ReadonlySet<string> | 'requeued'> {
    return this.inTransaction(handler.limitMs, stopping, async (tx, signal) => {
      const ids = events.map(({ id }) => id);
      const unknown = await claim(tx, queue, ids);
      const fresh = events.filter(({ id }) => unknown.has(id));
      if (fresh.length > 0) await handler.handle(fresh, { tx, signal });
      return unknown;
    });
  }

  private inTransaction<T>(
    limitMs: number,
    stopping: ShutdownSignals,
    work: (tx: Tx, signal: AbortSignal) => Promise<T>,
  ): Promise<T | 'requeued'> {
    return this.semaphore.run(async () => {
      if (stopping.draining.aborted) return 'requeued';
      using deadline = new Deadline(limitMs, stopping.over);
      const { signal } = deadline;
      return await this.transactions.run((tx) => work(tx, signal), signal);
    });
  }
}

async function once(
  tx: Tx,
  queue: string,
  eventId: string,
  work: (tx: Tx) => Promise<void>,
): Promise<'handled' | 'duplicate'> {
  if ((await claim(tx, queue, [eventId])).size === 0) return 'duplicate';
  await work(tx);
  return 'handled';
}
