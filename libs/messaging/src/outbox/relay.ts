import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '#config';
import { AsyncEvent, backoffMs, pause, within } from '#kernel';
import { Replays } from '../dead-letters/replays.js';
import { Transport, type PublishResult } from '../transports/transport.js';
import { MessagingMetrics } from '../metrics/messaging-metrics.js';
import { Retention } from '../retention.js';
import { ConnectionStatusLogger } from '../connection-status-logger.js';
import type { FailedRow, OutboxRow } from './outbox-rows.js';
import { publishWaiting } from './publish-waiting.js';
import { RelaySession } from './relay-session.js';

/** How often a relay that does not lead asks for the lead: a dead leader is replaced within this. */
const STANDBY_MS = 1_000;
const STOP_LIMIT_MS = 2_000;
const RECONNECT_BASE_MS = 100;
const RECONNECT_MAX_MS = 5_000;

/**
 * Carries committed events from the outbox to the broker, each at least once: a crash between confirm and mark repeats it. Of all
 * processes' relays one leads; another takes over when it dies.
 */
@Injectable()
export class Relay implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Relay.name);
  private readonly status = new ConnectionStatusLogger(this.logger, "the outbox relay's connection to PostgreSQL");
  private readonly stopping = new AbortController();
  private readonly wake = new AsyncEvent();
  private readonly retention = new Retention();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: Config,
    private readonly transport: Transport,
    private readonly metrics: MessagingMetrics,
    private readonly replays: Replays,
  ) {}

  onApplicationBootstrap(): void {
    this.transport.onReady(() => this.wake.set());
    this.transport.startPublishing();
    this.running = this.run();
  }

  /** After the consumers have drained: events of their last handlers still go out if the broker is quick. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.wake.set();
    await within(STOP_LIMIT_MS, this.running);
    await this.transport.stopPublishing();
    await this.running;
  }

  private async run(): Promise<void> {
    const stop = this.stopping.signal;
    for (let failures = 0; !stop.aborted; failures += 1) {
      let session: RelaySession | undefined;
      try {
        session = await RelaySession.open(this.config, () => this.wake.set());
        this.status.up();
        failures = 0;
        await this.relay(session);
      } catch (error) {
        this.status.down(error);
      } finally {
        await session?.close();
      }
      await pause(backoffMs(failures + 1, RECONNECT_BASE_MS, RECONNECT_MAX_MS), stop);
    }
  }

  private async relay(session: RelaySession): Promise<void> {
    while (!this.stopping.signal.aborted) {
      if (!this.transport.ready) {
        // Another relay may reach the broker where this one cannot.
        await session.resign();
        await session.ping();
        await this.wake.wait(STANDBY_MS);
      } else if (await session.lead()) {
        const progress = await this.relayWaiting(session);
        const replayed = await this.replays.send(session.client);
        await this.retention.prune(session.client);
        if (!progress && !replayed) await this.wake.wait(this.config.OUTBOX_POLL_MS);
      } else {
        await this.wake.wait(STANDBY_MS);
      }
    }
  }

  /** Whether it is worth looking for more at once. */
  private async relayWaiting({ client }: RelaySession): Promise<boolean> {
    const { published, failed, interrupted } = await publishWaiting(client, {
      batchMax: this.config.OUTBOX_BATCH_MAX,
      publish: (rows) => this.publish(rows),
    });
    if (failed.length > 0) this.report(failed);
    return published && !interrupted;
  }

  private async publish(rows: readonly OutboxRow[]): Promise<PublishResult[]> {
    const results = await this.transport.publish(rows);
    for (const { result } of results) this.metrics.published.inc({ outcome: result });
    return results;
  }

  private report(failed: readonly FailedRow[]): void {
    const counts = new Map<string, number>();
    for (const { row, reason } of failed) {
      const problem = `${row.type}: ${reason}`;
      counts.set(problem, (counts.get(problem) ?? 0) + 1);
    }
    for (const [problem, count] of counts) {
      this.logger.error({ msg: 'events could not be published and stay in the outbox', problem, count });
    }
  }
}
