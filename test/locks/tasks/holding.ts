import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { LockLost, type Locks } from '#locking';
import { Insistence, now, patient, type Paused } from './asking.js';

const VISIT_TTL_MS = 2_000;
const VISIT_MAX_MS = 3;
const LOOK_MS = 10;

/** One stay inside a lock, by the monotonic clock that all processes of a machine share, in ms. */
export interface Stay {
  readonly key: string;
  readonly token: bigint;
  readonly from: number;
  /** Until it released, or lost the lock. */
  readonly to: number;
}

/** What became of a lock that was taken from its holder. */
export interface End {
  readonly reason: string;
  readonly toldAt: number;
  /** When the holder had to stop of its own accord, were nothing confirmed any more since the pause. */
  readonly deadline: number;
  /** Whether the signal came before a timer for that moment. */
  readonly inTime: boolean;
}

export interface Answer {
  readonly outcome: string;
  readonly tookMs: number;
}

export const holding = (locks: Locks, paused: Paused) => ({
  /** Takes one of the locks again and again, a few milliseconds at a time. */
  async visit({ keys, forMs }: { keys: readonly string[]; forMs: number }) {
    const stays: Stay[] = [];
    const insistence = new Insistence(locks);
    const until = now() + forMs;
    while (now() < until) {
      const key = keys[Math.floor(Math.random() * keys.length)] ?? '';
      await insistence.using(key, VISIT_TTL_MS, async (lease) => {
        const from = now();
        let toldAt = Number.POSITIVE_INFINITY;
        lease.signal.addEventListener('abort', () => (toldAt = now()));
        await pause(Math.random() * VISIT_MAX_MS);
        stays.push({ key, token: lease.token, from, to: Math.min(now(), toldAt) });
      });
    }
    return { stays, refused: insistence.refused };
  },

  /** Takes the lock, says when it is in, and goes on holding it. */
  async hold({ key, ttlMs }: { key: string; ttlMs: number }): Promise<{ insideAt: number }> {
    await locks.acquire(key, patient(ttlMs));
    return { insideAt: now() };
  },

  /** Holds the lock for some time; whether it always knew it for its own. */
  async keep({ key, ttlMs, forMs }: { key: string; ttlMs: number; forMs: number }): Promise<{ kept: boolean }> {
    return locks.using(key, patient(ttlMs), async (lease) => {
      for (const until = now() + forMs; now() < until;) {
        await pause(LOOK_MS);
        try {
          lease.assertValid();
        } catch (error) {
          if (error instanceof LockLost) return { kept: false };
          throw error;
        }
      }
      return { kept: true };
    });
  },

  /** Takes the lock, pauses, and holds it until it is lost. */
  async endure({ key, ttlMs }: { key: string; ttlMs: number }): Promise<End> {
    const lease = await locks.acquire(key, patient(ttlMs));
    let toldAt = Number.POSITIVE_INFINITY;
    const lost = once(lease.signal, 'abort').then(() => (toldAt = now()));
    await paused();
    const deadline = now() + lease.remainingMs();
    // Timers run in the order of their due times, however late the machine is.
    const inTime = pause(lease.remainingMs()).then(() => toldAt !== Number.POSITIVE_INFINITY);
    await lost;
    return { reason: (lease.signal.reason as LockLost).reason, toldAt, deadline, inTime: await inTime };
  },

  /** Asks for the keys once, and frees them if it gets them. */
  async ask(request: { keys: readonly string[]; ttlMs: number; waitMs: number }): Promise<Answer> {
    const askedAt = now();
    const options = { ...request, onUnavailable: 'fail-closed' } as const;
    const outcome = await locks
      .using(request.keys, options, async (lease) => {
        lease.assertValid();
        return 'granted';
      })
      .catch((error: unknown) => (error instanceof Error ? error.constructor.name : String(error)));
    return { outcome, tookMs: now() - askedAt };
  },
});
