import type { Grant } from './driver.js';

/**
 * For services that keep a key for as long as a session lives, and one session for many keys: notices the grants of this process that were
 * neither renewed nor released for their ttl, so that the others on the session do not keep them alive.
 */
export class OverdueGrants {
  private readonly timers = new Map<Grant, NodeJS.Timeout>();

  /** @param overdue called `ttlMs` after the answer that granted or renewed it last: later than its holder's own deadline */
  constructor(private readonly overdue: (grant: Grant) => void) {}

  add(grant: Grant): void {
    const notice = () => {
      if (this.delete(grant)) this.overdue(grant);
    };
    this.timers.set(grant, setTimeout(notice, grant.ttlMs).unref());
  }

  renewed(grant: Grant): void {
    this.timers.get(grant)?.refresh();
  }

  /** Whether it was neither released nor overdue before. */
  delete(grant: Grant): boolean {
    clearTimeout(this.timers.get(grant));
    return this.timers.delete(grant);
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
