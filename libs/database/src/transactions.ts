import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, Logger } from '@nestjs/common';
import type { ClientBase } from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
import { Config } from '#config';
import { backoffMs, sleep } from '#kernel';
import {
  DatabaseBusy,
  DatabaseUnavailable,
  isConnectionFailure,
  isRerunnable,
  isServerGone,
  isStalePlan,
} from './database.errors.js';
import { Slots } from './slots.js';
import { Reader, Tx } from './tx.js';

const ATTEMPTS_MAX = 5;
const RERUN_BASE_MS = 20;
const RERUN_MAX_MS = 400;
/** Kept free, so that a burst does not make the process look ill. */
const PING_CONNECTIONS = 1;

/**
 * A programming error: code that holds a connection asked for another one. With as many such callers as there are connections, each would
 * wait for the others; and a rerun of the outer transaction would repeat what the inner one has committed. Pass `tx` on instead.
 */
export class NestedTransaction extends Error {
  constructor() {
    super('A transaction or read was opened inside another one. Pass its `tx` on, or open it before or after.');
    this.name = NestedTransaction.name;
  }
}

/**
 * Opens transactions (READ COMMITTED). `work` may run more than once: after a deadlock, a serialization failure or too long a wait the
 * whole of it is run again, so it must change nothing outside its transaction.
 */
@Injectable()
export class Transactions {
  private readonly logger = new Logger(Transactions.name);

  private readonly slots: Slots;
  private readonly prepares: boolean;
  /** The connection that the running code was lent. Code that it leaves running after its end counts as outside. */
  private readonly lent = new AsyncLocalStorage<{ ended: boolean }>();

  constructor(
    private readonly dataSource: DataSource,
    config: Config,
  ) {
    this.prepares = config.DATABASE_PREPARED_STATEMENTS === 'yes';
    this.slots = new Slots(config.DATABASE_POOL_MAX - PING_CONNECTIONS, config.DATABASE_QUEUE_TIMEOUT_MS);
  }

  /**
   * Commits when `work` resolves, rolls back when it rejects. When `limit` aborts, the connection is dropped at once and the limit's
   * reason thrown: whatever `work` still does with `tx` fails, so nothing of it takes effect outside the transaction.
   *
   * @throws {NestedTransaction} inside the work of another `run` or `read`.
   * @throws {DatabaseBusy} when PostgreSQL refused all five runs for contention.
   * @throws {DatabaseUnavailable} when PostgreSQL does not answer. If that happened at COMMIT, the outcome is unknown.
   */
  async run<T>(work: (tx: Tx) => Promise<T>, limit?: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.lend(async (runner) => {
          await runner.startTransaction();
          const result = await work(new Tx(runner, this.prepares));
          await commit(runner);
          return result;
        }, limit);
      } catch (error) {
        if (!isRerunnable(error)) throw error;
        if (attempt === ATTEMPTS_MAX) throw new DatabaseBusy(error);
        this.logger.debug({ msg: 'transaction runs again', attempt, reason: String(error) });
        await sleep(backoffMs(attempt, RERUN_BASE_MS, RERUN_MAX_MS));
      }
    }
  }

  /** Lends a connection for reading, without a transaction. @throws {NestedTransaction} inside the work of another `run` or `read`. */
  async read<T>(work: (db: Reader) => Promise<T>): Promise<T> {
    const read = () => this.lend((runner) => work(new Reader(runner, this.prepares)));
    return read().catch((error: unknown) => {
      if (isStalePlan(error)) return read();
      throw error;
    });
  }

  /**
   * Asks whether PostgreSQL answers, without waiting behind a burst.
   *
   * @throws {DatabaseUnavailable}
   */
  async ping(): Promise<void> {
    await this.withRunner((runner) => runner.query('SELECT 1'));
  }

  private async lend<T>(work: (runner: QueryRunner) => Promise<T>, limit?: AbortSignal): Promise<T> {
    if (this.lent.getStore()?.ended === false) throw new NestedTransaction();
    const loan = { ended: false };
    try {
      return await this.slots.use(() => this.withRunner((runner) => this.lent.run(loan, work, runner), limit));
    } finally {
      loan.ended = true;
    }
  }

  private async withRunner<T>(work: (runner: QueryRunner) => Promise<T>, limit?: AbortSignal): Promise<T> {
    limit?.throwIfAborted();
    const runner = this.dataSource.createQueryRunner();
    try {
      return await (limit ? Promise.race([work(runner), aborted(limit)]) : work(runner));
    } catch (error) {
      if (limit?.aborted) {
        await this.abandon(runner, error);
        throw limit.reason;
      }
      if (isConnectionFailure(error)) {
        if (isServerGone(error)) this.slots.refuseWaiting(error);
        await this.abandon(runner, error);
        throw new DatabaseUnavailable(error);
      }
      if (isStalePlan(error)) await this.abandon(runner, error);
      else if (runner.isTransactionActive) await this.rollBack(runner);
      throw error;
    } finally {
      await runner.release();
    }
  }

  private async rollBack(runner: QueryRunner): Promise<void> {
    try {
      await runner.rollbackTransaction();
    } catch (error) {
      this.logger.warn({ msg: 'rollback failed, connection dropped', reason: String(error) });
      await this.abandon(runner, error);
    }
  }

  /**
   * A connection that did not answer may still be busy with the lost statement. Its socket is closed, and the pool learns that it
   * broke: given back as it is, it would be lent to the next caller before the pool notices.
   */
  private async abandon(runner: QueryRunner, cause: unknown): Promise<void> {
    try {
      const client = (await runner.connect()) as { connection?: { stream?: { destroy(): void } } };
      client.connection?.stream?.destroy();
      const broken = runner as unknown as { releasePostgresConnection(cause: unknown): Promise<void> };
      await broken.releasePostgresConnection(cause);
    } catch (error) {
      this.logger.debug({ msg: 'no connection to drop', reason: String(error) });
    }
  }
}

/**
 * PostgreSQL answers COMMIT with a rollback when a statement of the transaction failed: work that caught that error would look done.
 * TypeORM does not pass that answer on, so the connection is asked itself; the runner is used for nothing after this.
 */
async function commit(runner: QueryRunner): Promise<void> {
  const client = (await runner.connect()) as ClientBase;
  const { command } = await client.query('COMMIT');
  if (command !== 'COMMIT') {
    throw new Error('A statement of this transaction failed and its error was swallowed: nothing of it took effect.');
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
