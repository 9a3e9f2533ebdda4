import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { Transactions, type Tx } from '#database';
import { Semaphore } from '#kernel';
import { Deadline } from './deadline.js';
import { claim, isTaken } from '../inbox/inbox.js';
import { mayBegin, type BatchHandler, type CommittingHandler, type EventDelivery } from './consumed-queue.js';

/** Connections that handlers leave to the rest of the process: timers, metrics, health. */
const CONNECTIONS_SPARED = 2;
const NONE: ReadonlySet<string> = new Set();

/** Deliveries of one queue, each event once. */
export type Deliveries = readonly [EventDelivery, ...EventDelivery[]];

/** Ids of the events that have taken effect now; the others had before. `requeued` when it was too late to begin. */
export type Effect = ReadonlySet<string> | 'requeued';

/** One try: the inbox rows, the handler's effect and the events that it adds commit together or not at all. */
@Injectable()
export class HandlerRunner {
  /** Queues prefetch more messages than there are connections. Waiting here does not time out, waiting for a connection does. */
  private readonly semaphore: Semaphore;

  constructor(
    config: Config,
    private readonly transactions: Transactions,
  ) {
    this.semaphore = new Semaphore(Math.max(1, config.DATABASE_POOL_MAX - CONNECTIONS_SPARED));
  }

  /** @throws whatever the handler throws, {HandlerTimeout}, the reason of `signals.aborted`, and what Transactions throws. */
  run(deliveries: Deliveries): Promise<Effect> {
    const { handler } = deliveries[0];
    return 'transaction' in handler
      ? this.runCommitting(deliveries[0], handler)
      : this.semaphore.run(() => this.runBatch(deliveries, handler));
  }

  private async runBatch(deliveries: Deliveries, { handle, limitMs }: BatchHandler): Promise<Effect> {
    if (!mayBegin(deliveries[0])) return 'requeued';
    using deadline = new Deadline(limitMs, deliveries[0].signals.aborted);
    const { signal } = deadline;
    return await this.transactions.run(async (tx) => {
      const claimed = await claimAll(tx, deliveries);
      const fresh = deliveries.map(({ event }) => event).filter(({ id }) => claimed.has(id));
      if (fresh.length > 0) await handle(fresh, { tx, signal });
      return claimed;
    }, signal);
  }

  /**
   * The handler waits for others while nothing of the database is held for it. A connection is lent to look into the inbox and to commit.
   *
   * @throws also when the handler ends without having committed.
   */
  private async runCommitting(delivery: EventDelivery, { handle, limitMs }: CommittingHandler): Promise<Effect> {
    const { event, message, signals } = delivery;
    const { type, id } = event;
    if (await this.semaphore.run(() => this.transactions.read((db) => isTaken(db, message.queue, id)))) return NONE;
    // The time until a connection was free does not count.
    if (!mayBegin(delivery)) return 'requeued';
    using deadline = new Deadline(limitMs, signals.aborted);
    const { signal } = deadline;
    let effect: ReadonlySet<string> | undefined;
    const commit = async (work: (tx: Tx) => Promise<void>): Promise<void> => {
      if (effect) throw new Error(`The handler of ${type} has committed already.`);
      const once = async (tx: Tx): Promise<ReadonlySet<string>> => {
        const claimed = await claimAll(tx, [delivery]);
        if (claimed.has(id)) await work(tx);
        return claimed;
      };
      effect = await this.semaphore.run(() => this.transactions.run(once, signal));
    };
    await deadline.bound(() => handle([event], { commit, signal }));
    if (!effect) throw new Error(`The handler of ${type} has committed nothing.`);
    return effect;
  }
}

/** Notes in the inbox that these deliveries take effect in this transaction. */
function claimAll(tx: Tx, deliveries: Deliveries): Promise<ReadonlySet<string>> {
  const ids = deliveries.map(({ event }) => event.id);
  return claim(tx, deliveries[0].message.queue, ids);
}
