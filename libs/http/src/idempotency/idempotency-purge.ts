import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Transactions } from '#database';
import { sleep } from '#kernel';

const KEPT_HOURS = 72;
const EVERY_MS = 10 * 60_000;
const BATCH_MAX = 2_000;

/** Forgets answers that nobody can ask for again. Runs in every worker; they skip each other's rows. */
@Injectable()
export class IdempotencyPurge implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(IdempotencyPurge.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly transactions: Transactions) {}

  onApplicationBootstrap(): void {
    this.running = this.loop();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Removes what is older than 72 h, in batches that lock nobody out. Returns how many keys that were. */
  async run(): Promise<number> {
    let purged = 0;
    for (let count = BATCH_MAX; count === BATCH_MAX && !this.stopping.signal.aborted; purged += count) {
      ({ count } = await this.transactions.run((tx) =>
        tx.query(
          `DELETE FROM http.idempotency_keys WHERE id IN (
             SELECT id FROM http.idempotency_keys WHERE created_at < now() - make_interval(hours => ${KEPT_HOURS})
              LIMIT ${BATCH_MAX} FOR UPDATE SKIP LOCKED)`,
        ),
      ));
    }
    return purged;
  }

  private async loop(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        const purged = await this.run();
        if (purged > 0) this.logger.log({ msg: 'old idempotency keys removed', purged });
      } catch (error) {
        this.logger.warn({ msg: 'removing old idempotency keys failed, tried again later', err: error });
      }
      await sleep(EVERY_MS, this.stopping.signal).catch(() => undefined); // Aborted: the loop's condition ends it.
    }
  }
}
