import { setTimeout } from 'node:timers/promises';

export interface HealthCheck {
  /** Shown to operators: `postgresql`, `rabbitmq`, `redis`. */
  readonly name: string;
  /** Whether the process cannot do its work without it. Others are reported and leave the process ready. */
  readonly critical: boolean;
  /** Rejects when the dependency is not usable. */
  check(): Promise<void>;
}

export interface HealthReport {
  readonly ready: boolean;
  readonly checks: readonly { name: string; ok: boolean; critical: boolean }[];
}

const CHECK_LIMIT_MS = 1_000;

/** What this process depends on. Libraries register their check at start; the readiness route asks all of them. */
export class HealthChecks {
  private readonly registered = new Map<string, HealthCheck>();
  private draining = false;

  register(check: HealthCheck): void {
    this.registered.set(check.name, check);
  }

  /** From now on the process reports itself not ready, so that no new work is routed to it. */
  drain(): void {
    this.draining = true;
  }

  async report(): Promise<HealthReport> {
    const checks = await Promise.all([...this.registered.values()].map((entry) => this.ask(entry)));
    return { ready: !this.draining && checks.every((entry) => entry.ok || !entry.critical), checks };
  }

  private async ask(entry: HealthCheck): Promise<HealthReport['checks'][number]> {
    const { name, critical } = entry;
    const limit = new AbortController();
    try {
      const tooSlow = setTimeout(CHECK_LIMIT_MS, false, { signal: limit.signal, ref: false });
      const ok = await Promise.race([entry.check().then(() => true), tooSlow]);
      return { name, ok, critical };
    } catch {
      return { name, ok: false, critical }; // The report is the answer; why it fails is in the dependency's own log lines.
    } finally {
      limit.abort();
    }
  }
}
