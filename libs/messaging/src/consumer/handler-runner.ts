import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { Transactions } from '#database';
import type { ReceivedEvent } from '../event.js';
import { claim } from '../inbox/inbox.js';
import type { EventHandler, Stopping } from './consumed-queue.js';
import { Deadline } from './deadline.js';
import { Gate } from './gate.js';

/** Connections that handlers leave to the rest of the process: sweepers, metrics, health. */
const CONNECTIONS_SPARED = 2;

export interface Try {
  readonly queue: string;
  readonly handler: EventHandler;
  readonly event: ReceivedEvent;
  /** From 1, over all deliveries. */
  readonly attempt: number;
}

/** One try: the inbox row, the handler's effect and the events it states commit together or not at all. */
@Injectable()
export class HandlerRunner {
  /** Queues prefetch more than there are connections; whoever waits here does not time out waiting for one. */
  private readonly gate: Gate;

  constructor(
    config: Config,
    private readonly transactions: Transactions,
  ) {
    this.gate = new Gate(Math.max(1, config.DATABASE_POOL_MAX - CONNECTIONS_SPARED));
  }

  /** @throws whatever the handler throws, {HandlerTimeout}, the reason of `stopping.over`, and what Transactions throws. */
  run({ queue, handler, event, attempt }: Try, stopping: Stopping): Promise<'handled' | 'duplicate' | 'requeued'> {
    return this.gate.run(async () => {
      if (stopping.draining.aborted) return 'requeued';
      using deadline = new Deadline(handler.limitMs, stopping.over);
      const { signal } = deadline;
      return await this.transactions.run(async (tx) => {
        if (!(await claim(tx, queue, event.id))) return 'duplicate';
        await handler.handle(event, { tx, attempt, signal });
        return 'handled';
      }, signal);
    });
  }
}
