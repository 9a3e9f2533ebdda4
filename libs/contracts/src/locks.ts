import { LockDomain } from '#commands';
import { CartLocked } from './shared-errors.js';

// No lock guards data: each write is guarded in PostgreSQL. Locks keep competing requests from queueing inside the database, so work goes on
// without the lock service, and without a lock that is not free in time.
const GOES_ON = { ttlMs: 5_000, onUnavailable: 'database', onTimeout: 'database' } as const;

/** Changes and the checkout of one cart. A request that waits too long is refused, since its buyer is at work elsewhere. */
export const cartLock = new LockDomain('cart', { ...GOES_ON, waitMs: 5_000, onTimeout: () => new CartLocked() });

/** What happens to one order: its payments and its cancellation. */
export const orderLock = new LockDomain('order', { ...GOES_ON, waitMs: 2_000 });

/** The stock of one SKU. */
export const stockLock = new LockDomain('stock', { ...GOES_ON, waitMs: 1_000 });

/** Outermost first: a lock may only be taken inside locks of earlier domains. */
export const LOCK_ORDER: readonly string[] = [cartLock, orderLock, stockLock].map(({ name }) => name);
