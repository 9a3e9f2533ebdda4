import { Injectable } from '@nestjs/common';
import { HealthChecks } from '#observability';
import { MessagingMetrics } from '../metrics/messaging-metrics.js';
import { CIRCUIT_BREAKER, CircuitBreaker } from './circuit-breaker.js';

/** A circuit breaker for each queue of this process, with its metric and health check. */
@Injectable()
export class CircuitBreakers {
  private readonly all: CircuitBreaker[] = [];

  constructor(
    private readonly metrics: MessagingMetrics,
    health: HealthChecks,
  ) {
    // Not critical: the other queues are served, and starting the process again would not help this one.
    health.register({ name: 'queues', critical: false, check: () => this.check() });
  }

  of(queue: string): CircuitBreaker {
    this.metrics.circuitOpen.set({ queue }, 0);
    const breaker = new CircuitBreaker(queue, CIRCUIT_BREAKER, (state) =>
      this.metrics.circuitOpen.set({ queue }, state === 'closed' ? 0 : 1),
    );
    this.all.push(breaker);
    return breaker;
  }

  private async check(): Promise<void> {
    if (this.all.some(({ state }) => state !== 'closed')) throw new Error('The circuit of a queue is open.');
  }
}
