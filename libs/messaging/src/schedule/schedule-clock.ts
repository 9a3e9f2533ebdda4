import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Config } from '#config';
import { Transactions } from '#database';
import { pause } from '#kernel';
import { ConnectionStatusLogger } from '../connection-status-logger.js';
import { BATCH_MAX, sendDue } from './send-due.js';

/** A due message that is locked by somebody is looked for again after this. */
const PAUSE_MIN_MS = 50;

const NEXT = `SELECT extract(epoch FROM min(due_at) - now())::float8 * 1000 AS "inMs" FROM messaging.scheduled`;

/**
 * Sends scheduled messages when their time comes, by PostgreSQL's clock. Wakes for the next one that it knows of, and at least every
 * `SWEEP_INTERVAL_SECONDS`. Any number of workers may do it at once. A look that fails is made up for by the next one.
 */
@Injectable()
export class ScheduleClock implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly state = new ConnectionStatusLogger(
    new Logger(ScheduleClock.name),
    'the clock of scheduled messages',
  );
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly transactions: Transactions,
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

  private async run(): Promise<void> {
    const pauseMaxMs = this.config.SWEEP_INTERVAL_SECONDS * 1_000;
    while (!this.stopping.signal.aborted) {
      let pauseMs = pauseMaxMs;
      try {
        const sent = await this.transactions.run(sendDue);
        pauseMs = sent === BATCH_MAX ? 0 : Math.min(pauseMaxMs, await this.nextInMs());
        this.state.up();
      } catch (error) {
        this.state.down(error);
      }
      if (pauseMs > 0) await pause(pauseMs, this.stopping.signal);
    }
  }

  private async nextInMs(): Promise<number> {
    const { rows } = await this.transactions.read((db) => db.query<{ inMs: number | null }>(NEXT));
    return Math.max(PAUSE_MIN_MS, Math.ceil(rows[0]?.inMs ?? Infinity));
  }
}
