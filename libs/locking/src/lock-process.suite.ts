import { Metrics } from '#observability';
import { DefaultLocks } from './default-locks.js';
import type { Grant, LockDriver } from './drivers/driver.js';
import { Leases } from './leases.js';
import { LockOrder } from './lock-order.js';
import { LockTelemetry } from './lock-telemetry.js';

/** How long a specification waits for what comes at once, were the machine ever so busy. */
export const LIMIT_MS = 20_000;

let lastKey = 0;
/** A key that no other test uses. */
export const freshKey = (): string => `cart:${(lastKey += 1)}`;

/** Locks as one process has them, with what may be looked at from outside. */
export async function openProcess(driver: LockDriver) {
  await driver.open(LIMIT_MS);
  const metrics = new Metrics();
  const telemetry = new LockTelemetry(metrics);
  const locks = new DefaultLocks(new Leases(driver, telemetry), new LockOrder(['cart', 'order', 'stock']), telemetry);
  return { locks, metrics, close: () => locks.onApplicationShutdown() };
}

/** What a driver grants without waiting. */
export async function granted(driver: LockDriver, keys: readonly string[]): Promise<Grant> {
  const attempt = await driver.acquire(keys, 5_000).attempt();
  if (attempt.outcome !== 'granted') throw new Error('The key was not free.');
  return attempt.grant;
}
