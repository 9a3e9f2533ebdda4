import type { Grant } from './driver.js';

/**
 * For services that bind many keys to one session: finds the grants of this process that were neither renewed nor released within their
 * ttl. Without this, the other keys of the session would keep them alive.
 */
export class GrantExpiryTimers {
  private readonly timers = new Map<Grant, NodeJS.Timeout>();

  /** @param expired called `ttlMs` after the last grant or renewal was confirmed, which is after the holder's own deadline */
  constructor(private readonly expired: (grant: Grant) => void) {}

  add(grant: Grant): void {
    const onTimer = () => {
      if (this.delete(grant)) this.expired(grant);
    };
    this.timers.set(grant, setTimeout(onTimer, grant.ttlMs).unref());
  }

  renewed(grant: Grant): void {
    this.timers.get(grant)?.refresh();
  }

  /** Whether it was still there: neither released nor expired before. */
  delete(grant: Grant): boolean {
    clearTimeout(this.timers.get(grant));
    return this.timers.delete(grant);
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
