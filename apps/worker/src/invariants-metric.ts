import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Client } from 'pg';
import { Config } from '#config';
import { clientOptions, Invariants } from '#database';
import { sleep, within } from '#kernel';
import { Metrics } from '#observability';

/** Any fixed number: of all workers of one database the one that holds it checks. */
const CHECKER_LOCK = 6_180_341;
/** An invariant that takes longer is not checked: the shop comes first. */
const QUERY_MAX_MS = 10_000;
const CLOSE_LIMIT_MS = 1_000;

/** Checks the invariants now and then on a connection of its own, in one worker at a time, and says in a metric how many rows break each. */
@Injectable()
export class InvariantsMetric implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(InvariantsMetric.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** Holds the lock as long as it is open. */
  private client: Client | undefined;
  private readonly violations;
  private readonly failures;

  constructor(
    private readonly config: Config,
    private readonly invariants: Invariants,
    metrics: Metrics,
  ) {
    this.violations = metrics.gauge({
      name: 'holdfast_invariant_violations',
      help: 'Rows that break an invariant; only of the worker that checks.',
      labelNames: ['name'],
    });
    this.failures = metrics.counter({
      name: 'holdfast_invariant_checks_failed_total',
      help: 'Checks of an invariant that took too long or failed.',
      labelNames: ['name'],
    });
  }

  onApplicationBootstrap(): void {
    if (this.config.INVARIANTS_INTERVAL_SECONDS > 0) this.running = this.loop();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    // A query that is under way ends with its connection.
    await this.drop();
    await this.running;
  }

  /** Returns whether this process is the one that checks. */
  async check(): Promise<boolean> {
    const client = await this.lead();
    if (client === undefined) {
      this.violations.reset();
      return false;
    }
    const broken: string[] = [];
    for (const { name } of this.invariants.all) {
      try {
        const { violations } = await this.invariants.one(name, (sql) => client.query(sql));
        this.violations.set({ name }, violations);
        if (violations > 0) broken.push(name);
      } catch (error) {
        if (this.client !== client) throw error;
        this.violations.remove({ name });
        this.failures.inc({ name });
        this.logger.warn({ msg: 'an invariant could not be checked', invariant: name, reason: String(error) });
      }
    }
    if (broken.length > 0) this.logger.error({ msg: 'invariants are broken', invariants: broken });
    return true;
  }

  private async loop(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.check().catch((error: unknown) => this.lose(error));
      // Aborted: the loop's condition ends it.
      await sleep(this.config.INVARIANTS_INTERVAL_SECONDS * 1_000, this.stopping.signal).catch(() => undefined);
    }
    await this.drop();
  }

  private async lead(): Promise<Client | undefined> {
    if (this.client !== undefined) return this.client;
    const client = new Client({
      ...clientOptions(this.config, 'holdfast invariants'),
      statement_timeout: QUERY_MAX_MS,
      query_timeout: 2 * QUERY_MAX_MS,
    });
    const gone = () => {
      if (this.client === client) this.client = undefined;
    };
    client.on('error', gone).on('end', gone);
    await client.connect();
    const { rows } = await client.query<{ won: boolean }>('SELECT pg_try_advisory_lock($1) AS won', [CHECKER_LOCK]);
    if (rows[0]?.won === true && !this.stopping.signal.aborted) return (this.client = client);
    await client.end();
    return undefined;
  }

  private async lose(error: unknown): Promise<void> {
    this.violations.reset();
    if (!this.stopping.signal.aborted) {
      this.logger.warn({ msg: 'the invariants could not be checked, tried again later', reason: String(error) });
    }
    await this.drop();
  }

  private async drop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client !== undefined) await within(CLOSE_LIMIT_MS, client.end());
  }
}
