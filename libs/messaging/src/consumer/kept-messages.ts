import { Injectable } from '@nestjs/common';
import { HealthChecks, Metrics } from '#observability';

/** A restart of a broker takes less. */
const ALARM_AFTER_MS = 30_000;

/**
 * Failed messages that this process keeps unacknowledged because the transport does not take them. Each holds one prefetch place: a queue whose
 * places are all held stands still.
 */
@Injectable()
export class KeptMessages {
  private readonly sinceByQueue = new Map<string, Set<{ readonly since: number }>>();
  private readonly gauge;

  constructor(metrics: Metrics, health: HealthChecks) {
    this.gauge = metrics.gauge({
      name: 'messages_kept',
      help: 'Failed messages that are kept unacknowledged because they cannot be sent on yet. Each holds a prefetch place of its queue.',
      labelNames: ['queue'],
    });
    health.register({ name: 'failed-messages', critical: false, check: async () => this.check(performance.now()) });
  }

  /** @returns what ends it */
  keep(queue: string): () => void {
    const kept = this.sinceByQueue.get(queue) ?? new Set();
    this.sinceByQueue.set(queue, kept);
    const entry = { since: performance.now() };
    kept.add(entry);
    this.gauge.set({ queue }, kept.size);
    return () => {
      kept.delete(entry);
      this.gauge.set({ queue }, kept.size);
    };
  }

  /**
   * @param nowMs of the monotonic clock
   * @throws when a message has been kept for more than half a minute
   */
  check(nowMs: number): void {
    for (const [queue, kept] of this.sinceByQueue) {
      const [oldest] = kept;
      if (oldest === undefined || nowMs - oldest.since < ALARM_AFTER_MS) continue;
      throw new Error(`${queue} keeps ${kept.size} failed messages that the transport does not take.`);
    }
  }
}
