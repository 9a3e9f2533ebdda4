import { Injectable } from '@nestjs/common';
import { HealthChecks } from '#observability';
import { MessagingMetrics } from '../messaging-metrics.js';
import { KILL_SWITCH, KillSwitch } from './kill-switch.js';

/** A switch for each queue of this process, and what operators see of them. */
@Injectable()
export class KillSwitches {
  private readonly all: KillSwitch[] = [];

  constructor(
    private readonly metrics: MessagingMetrics,
    health: HealthChecks,
  ) {
    // Not critical: the other queues are served, and starting the process again would not help this one.
    health.register({ name: 'queues', critical: false, check: () => this.check() });
  }

  of(queue: string): KillSwitch {
    this.metrics.paused.set({ queue }, 0);
    const killSwitch = new KillSwitch(queue, KILL_SWITCH, (state) =>
      this.metrics.paused.set({ queue }, state === 'running' ? 0 : 1),
    );
    this.all.push(killSwitch);
    return killSwitch;
  }

  private async check(): Promise<void> {
    if (this.all.some(({ state }) => state !== 'running')) throw new Error('A queue is paused.');
  }
}
