import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Config } from '#config';
import { Transactions } from '#database';
import { sleep } from '#kernel';
import { lockOverdueOrders } from '../overdue-orders.js';
import { ExpireOrders } from '../use-cases/expire-orders.js';

/** Orders that one transaction ends: it is over soon, and the rows it locks are free again. */
const BATCH_MAX = 100;

/**
 * Ends unpaid orders when their hold is over, every `SWEEP_INTERVAL_SECONDS`. Any number of workers may do it at once. PostgreSQL's
 * clock decides. A sweep that fails is logged and made up for by the next one.
 */
@Injectable()
export class ExpirySweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ExpirySweeper.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly transactions: Transactions,
    private readonly expireOrders: ExpireOrders,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** A batch that has begun is finished first. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Ends everything that is overdue now. Returns how many orders that were. */
  async sweep(): Promise<number> {
    let expired = 0;
    for (;;) {
      const ended = await this.transactions.run(async (tx) =>
        this.expireOrders.run(tx, await lockOverdueOrders(tx, BATCH_MAX)),
      );
      expired += ended.length;
      if (ended.length < BATCH_MAX || this.stopping.signal.aborted) return expired;
    }
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        const expired = await this.sweep();
        if (expired > 0) this.logger.log({ msg: 'unpaid orders expired', count: expired });
      } catch (error) {
        this.logger.error({ msg: 'sweep failed, the next one tries again', err: error });
      }
      await this.pause();
    }
  }

  private async pause(): Promise<void> {
    const { signal } = this.stopping;
    try {
      await sleep(this.config.SWEEP_INTERVAL_SECONDS * 1_000, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
