import { Injectable } from '@nestjs/common';
import { HealthChecks } from '#observability';
import { MessagingMetrics } from '../metrics/messaging-metrics.js';
import { CIRCUIT_BREAKER, CircuitBreaker } from './circuit-breaker.js';

/** A switch for each queue of this process, and what operators see of them. */
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
    this.metrics.paused.set({ queue }, 0);
    const circuitBreaker = new CircuitBreaker(queue, CIRCUIT_BREAKER, (state) =>
      this.metrics.paused.set({ queue }, state === 'running' ? 0 : 1),
    );
    this.all.push(circuitBreaker);
    return circuitBreaker;
  }

  private async check(): Promise<void> {
    if (this.all.some(({ state }) => state !== 'running')) throw new Error('A queue is paused.');
  }
}
