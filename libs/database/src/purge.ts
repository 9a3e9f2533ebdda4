import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { sleep } from '#kernel';
import { Transactions } from './transactions.js';
import type { Tx } from './tx.js';

const EVERY_MS = 10 * 60_000;
const BATCH_MAX = 2_000;

/**
 * Deletes rows that have served their time, now and then, in batches of a transaction each. Runs in every worker: a subclass deletes with
 * FOR UPDATE SKIP LOCKED, so that they share the work and hold nobody up. Repeating it does no harm.
 */
@Injectable()
export abstract class Purge implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(this.constructor.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(@Inject(Transactions) private readonly transactions: Transactions) {}

  /** In the log: `old carts`. */
  protected abstract readonly what: string;

  /** Returns how many rows that were; fewer than `batchMax` end this round. */
  protected abstract deleteBatch(tx: Tx, batchMax: number): Promise<number>;

  onApplicationBootstrap(): void {
    this.running = this.loop();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Deletes all that is due. Returns how many rows that were. */
  async run(): Promise<number> {
    let purged = 0;
    for (let count = BATCH_MAX; count >= BATCH_MAX && !this.stopping.signal.aborted; purged += count) {
      count = await this.transactions.run((tx) => this.deleteBatch(tx, BATCH_MAX));
    }
    return purged;
  }

  private async loop(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        const purged = await this.run();
        if (purged > 0) this.logger.log({ msg: `removed old ${this.what}`, purged });
      } catch (error) {
        this.logger.warn({ msg: `removing old ${this.what} failed, tried again later`, err: error });
      }
      await sleep(EVERY_MS, this.stopping.signal).catch(() => undefined); // Aborted: the loop's condition ends it.
    }
  }
}
