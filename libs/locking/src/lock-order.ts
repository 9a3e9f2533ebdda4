import { AsyncLocalStorage } from 'node:async_hooks';
import { InvalidLockRequest, LockOrderViolation, LockReentry } from './lock.errors.js';
import type { Lease, LockKey, LockOptions } from './locks.js';

/** A lease of the running code. */
interface Held {
  readonly lease: Lease;
  readonly order: LockOrder;
  ended: boolean;
}

/** The leases around the running code, innermost first. */
const around = new AsyncLocalStorage<readonly Held[]>();

const heldAround = (): readonly Held[] => (around.getStore() ?? []).filter(({ ended }) => !ended);

const KEYS_MAX = 200;
const KEY_LENGTH_MAX = 1_000;
/** Printable ASCII without spaces, so that a key is the same text in every lock service. */
const KEY = /^[a-z][a-z0-9_-]*:[!-~]+$/;
const TTL_MIN_MS = 20;
const DURATION_MAX_MS = 86_400_000;

export const domainOf = (key: string): string => key.slice(0, key.indexOf(':'));

/**
 * The lease of the innermost `using`, `tryUsing` or `@Locked` method around the running code.
 *
 * @throws {InvalidLockRequest} outside of all of them: work that needs a lock must not run without one by mistake
 */
export function currentLease(): Lease {
  const [innermost] = heldAround();
  if (innermost === undefined) throw new InvalidLockRequest('Nothing is locked around this code.');
  return innermost.lease;
}

/** All callers take locks in one order, and no caller waits for a lock that it holds: so no deadlock is possible. */
export class LockOrder {
  private readonly ranks: ReadonlyMap<string, number>;

  /** @param domains the first is the outermost */
  constructor(domains: readonly string[]) {
    this.ranks = new Map(domains.map((domain, rank) => [domain, rank]));
  }

  /**
   * The keys, each once, in the order in which everybody takes them.
   *
   * @throws {InvalidLockRequest | LockReentry | LockOrderViolation}
   */
  admit(keys: LockKey | readonly LockKey[], options: LockOptions): string[] {
    const wanted = [...new Set(typeof keys === 'string' ? [keys] : keys)];
    if (wanted.length === 0 || wanted.length > KEYS_MAX) {
      throw new InvalidLockRequest(`Lock 1 to ${KEYS_MAX} keys at a time, not ${wanted.length}.`);
    }
    checkDuration('ttlMs', options.ttlMs, TTL_MIN_MS);
    checkDuration('waitMs', options.waitMs, 0);
    if ((options.tokenAbove ?? 0n) < 0n)
      throw new InvalidLockRequest('tokenAbove is a token, which is never negative.');
    // Not localeCompare: every process must sort alike, whatever its language.
    const sorted = wanted
      .map((key) => ({ key, rank: this.rank(key) }))
      .toSorted((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1))
      .map(({ key }) => key);
    this.checkInside(sorted);
    return sorted;
  }

  /** Runs the work as the lease's holder. Code that the work leaves running after its end counts as outside. */
  async within<T>(lease: Lease, work: (lease: Lease) => Promise<T>): Promise<T> {
    const held: Held = { lease, order: this, ended: false };
    try {
      return await around.run([held, ...heldAround()], work, lease);
    } finally {
      held.ended = true;
    }
  }

  private checkInside(wanted: readonly string[]): void {
    const held = heldAround().flatMap(({ order, lease }) => (order === this ? lease.keys : []));
    const heldAlready = wanted.find((key) => held.includes(key));
    if (heldAlready !== undefined) throw new LockReentry(heldAlready);
    const innermostHeld = Math.max(...held.map((key) => this.rank(key)));
    if (wanted.some((key) => this.rank(key) <= innermostHeld)) throw new LockOrderViolation(wanted, held);
  }

  private rank(key: string): number {
    if (key.length > KEY_LENGTH_MAX || !KEY.test(key)) {
      throw new InvalidLockRequest(
        `A lock key is domain:id in printable ASCII without spaces, up to ${KEY_LENGTH_MAX} characters.`,
      );
    }
    const rank = this.ranks.get(domainOf(key));
    if (rank === undefined) {
      throw new InvalidLockRequest(`The lock order knows ${[...this.ranks.keys()].join(', ')}, but not "${key}".`);
    }
    return rank;
  }
}

function checkDuration(name: string, ms: number, minMs: number): void {
  if (Number.isInteger(ms) && ms >= minMs && ms <= DURATION_MAX_MS) return;
  throw new InvalidLockRequest(`${name} is a whole number from ${minMs} to ${DURATION_MAX_MS} ms, not ${ms}.`);
}
