import { Logger } from '@nestjs/common';
import type { Metrics } from '#observability';
import type { LossReason } from './lock.errors.js';
import { domainOf } from './lock-order.js';

export type AcquireOutcome = 'granted' | 'timeout' | 'unavailable';

/** What operators see of the locks. Metrics name the domain of the first key; log lines name keys. */
export class LockTelemetry {
  private readonly logger = new Logger('Locks');
  private readonly metrics: ReturnType<typeof register>;

  constructor(metrics: Metrics) {
    this.metrics = register(metrics);
    this.metrics.breakerState.set(0);
  }

  acquired(keys: readonly string[], outcome: AcquireOutcome, ms: number): void {
    this.metrics.acquireSeconds.observe({ domain: domain(keys), outcome }, ms / 1_000);
  }

  held(keys: readonly string[], ms: number): void {
    this.metrics.holdSeconds.observe({ domain: domain(keys) }, ms / 1_000);
  }

  lost(keys: readonly string[], reason: LossReason): void {
    this.metrics.lostTotal.inc({ reason });
    this.logger.warn({ msg: 'A lock was lost while its holder worked', keys, reason });
  }

  fenceRefused(keys: readonly string[]): void {
    this.metrics.staleFencesTotal.inc({ domain: domain(keys) });
    this.logger.warn({ msg: 'A write was refused because the data knew a greater token', keys });
  }

  fellBack(keys: readonly string[], reason: 'unavailable' | 'timeout' | 'too_many_keys'): void {
    this.metrics.fallbackTotal.inc({ domain: domain(keys), reason });
  }

  breakerOpened(reason: unknown): void {
    this.metrics.breakerState.set(1);
    this.logger.warn({
      msg: 'The lock service does not answer: it is not asked until a probe succeeds',
      reason: reason instanceof Error ? reason.message : reason,
    });
  }

  breakerClosed(): void {
    this.metrics.breakerState.set(0);
    this.logger.log('The lock service answers again');
  }
}

const domain = (keys: readonly string[]): string => domainOf(keys[0] ?? '');

const register = (metrics: Metrics) => ({
  acquireSeconds: metrics.histogram({
    name: 'lock_acquire_seconds',
    help: 'From asking for a lock to the answer, waiting included',
    labelNames: ['domain', 'outcome'],
  }),
  holdSeconds: metrics.histogram({
    name: 'lock_hold_seconds',
    help: 'From the grant of a lock to its release',
    labelNames: ['domain'],
  }),
  lostTotal: metrics.counter({
    name: 'lock_lost_total',
    help: 'Locks that were lost before they were released',
    labelNames: ['reason'],
  }),
  staleFencesTotal: metrics.counter({
    name: 'lock_stale_fences_total',
    help: 'Work under a lock whose write was refused because the data knew a greater token: above 0 a holder was late, or the tokens fell',
    labelNames: ['domain'],
  }),
  fallbackTotal: metrics.counter({
    name: 'lock_fallback_total',
    help: 'Work that ran without its lock, guarded by the database alone',
    labelNames: ['domain', 'reason'],
  }),
  breakerState: metrics.gauge({
    name: 'lock_breaker_state',
    help: '1 while the lock service is not asked because it does not answer, 0 otherwise',
  }),
});
