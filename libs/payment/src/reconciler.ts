import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Config } from '#config';
import { sleep } from '#kernel';
import { ReconcileAttempts } from './use-cases/reconcile-attempts.js';

/** How often due attempts are looked for: one indexed query. */
const EVERY_MS = 1_000;

/** Runs the reconciliation for as long as the worker lives. */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Reconciler.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly reconcile: ReconcileAttempts,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.loop();
  }

  /** Lets a round that has begun finish, so that what the provider said is recorded. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const found = await this.round();
      if (found === 0) await sleep(EVERY_MS, this.stopping.signal).catch(() => undefined); // Woken to stop.
    }
  }

  private async round(): Promise<number> {
    try {
      // Each question prolongs the hold of its order, so none runs out while the provider is silent.
      return await this.reconcile.run((this.config.HOLD_TTL_SECONDS * 1_000) / 2);
    } catch (error) {
      this.logger.warn({ msg: 'payments could not be reconciled, will try again', reason: String(error) });
      return 0;
    }
  }
}
