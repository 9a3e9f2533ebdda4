import { Logger } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import type { Grant, Renewal } from './drivers/driver.js';
import { MemoryDriver } from './drivers/memory/memory.driver.js';
import { freshKey, openProcess } from './lock-process.suite.js';

// The mistakes that tests make are not news.
Logger.overrideLogger(false);

const TTL_MS = 10_000;

/** Breaks its word that a renewal never rejects, once. */
class FlawedDriver extends MemoryDriver {
  renewals = 0;

  override async renew(grants: readonly Grant[]): Promise<readonly Renewal[]> {
    this.renewals += 1;
    if (this.renewals === 1) throw new Error('a mistake in the driver');
    return super.renew(grants);
  }
}

it('a renewal that fails by a mistake in the driver is tried again', async () => {
  const driver = new FlawedDriver();
  const { locks, close } = await openProcess(driver);
  try {
    const lease = await locks.acquire(freshKey(), { ttlMs: TTL_MS, waitMs: 0, onUnavailable: 'fail-closed' });
    await eventually(() => expect(driver.renewals).toBe(2));
    expect(lease.remainingMs()).toBeGreaterThan(TTL_MS / 2);
    expect(await lease.release()).toBe('released');
  } finally {
    await close();
  }
});
