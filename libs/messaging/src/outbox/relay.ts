import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '#config';
import { backoffMs } from '#kernel';
import { Broker } from '../transports/rabbitmq/broker.js';
import type { Outcome } from '../transports/rabbitmq/publisher.js';
import { Replays } from '../dead-letters/replays.js';
import { propertiesOf } from '../events/envelope.js';
import { MessagingMetrics } from '../metrics/messaging-metrics.js';
import { pause, within } from '../concurrency/pause.js';
import { Retention } from '../retention.js';
import { ConnectionStatusLogger } from '../connection-status-logger.js';
import type { FailedRow, OutboxRow } from './outbox-rows.js';
import { publishWaiting } from './publish-waiting.js';
import { RelaySession } from './relay-session.js';
import { AsyncEvent } from '../concurrency/async-event.js';

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
  private readonly state = new ConnectionStatusLogger(this.logger, "the outbox relay's connection to PostgreSQL");
  private readonly stopping = new AbortController();
  private readonly wake = new AsyncEvent();
  private readonly retention = new Retention();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: Config,
    private readonly broker: Broker,
    private readonly metrics: MessagingMetrics,
    private readonly replays: Replays,
  ) {}

  onApplicationBootstrap(): void {
    this.broker.publishing.onUsable(() => this.wake.ring());
    this.broker.startPublishing();
    this.running = this.run();
  }

  /** After the consumers have drained: what their last handlers stated still goes out if the broker is quick. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.wake.ring();
    await within(STOP_LIMIT_MS, this.running);
    await this.broker.stopPublishing();
    await this.running;
  }

  private async run(): Promise<void> {
    const stop = this.stopping.signal;
    for (let failures = 0; !stop.aborted; failures += 1) {
      let session: RelaySession | undefined;
      try {
        session = await RelaySession.open(this.config, () => this.wake.ring());
        this.state.up();
        failures = 0;
        await this.relay(session);
      } catch (error) {
        this.state.down(error);
      } finally {
        await session?.close();
      }
      await pause(backoffMs(failures + 1, RECONNECT_BASE_MS, RECONNECT_MAX_MS), stop);
    }
  }

  private async relay(session: RelaySession): Promise<void> {
    while (!this.stopping.signal.aborted) {
      if (!this.broker.events.ready) {
        // Another relay may reach the broker where this one does not.
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
      publish: (row) => this.publish(row),
    });
    if (failed.length > 0) this.report(failed);
    return published && !interrupted;
  }

  private async publish(row: OutboxRow): Promise<Outcome> {
    const outcome = await this.broker.events.publish({
      exchange: this.broker.names.events,
      routingKey: row.type,
      body: Buffer.from(row.data),
      properties: propertiesOf(row),
      mandatory: row.mandatory,
    });
    this.metrics.published.inc({ outcome: outcome.result });
    return outcome;
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
    // Somebody may have deleted a queue or a binding.
    void this.broker.repair();
  }
}
