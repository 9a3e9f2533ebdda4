import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.js';
import { LockBackendUnavailable, type LockLost } from '../lock.errors.js';
import { freshKey, openProcess } from '../lock-process.suite.js';
import type { Lease, LockOptions } from '../locks.js';
import type { LockDriver } from './driver.js';

// The faults that tests make are not news.
Logger.overrideLogger(false);

/** A server of the test's own. */
export interface FaultyServer {
  start(): Promise<void>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

const patient: LockOptions = { ttlMs: 2_000, waitMs: 20_000, onUnavailable: 'fail-closed' };

/** Resolves with the reason when the lease is lost. */
async function ended(lease: Lease): Promise<string> {
  if (!lease.signal.aborted) await once(lease.signal, 'abort');
  return (lease.signal.reason as LockLost).reason;
}

/** What a driver must stand whose server keeps its data: killed, frozen, late and absent. */
export function describeOutages<Server extends FaultyServer>(
  name: string,
  startServer: () => Promise<Server>,
  makeDriver: (server: Server, commandTimeoutMs: number) => LockDriver,
): void {
  describe(`locks on ${name} that fails`, () => {
    let server: Server;
    const open: { close(): Promise<void> }[] = [];

    const anotherProcess = async (commandTimeoutMs = 250) => {
      const process = await openProcess(makeDriver(server, commandTimeoutMs));
      open.push(process);
      return process;
    };

    beforeAll(async () => {
      server = await startServer();
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((process) => process.close()));
    });
    afterAll(() => server.stop());

    it('tells the holder before the key may expire when the server is frozen', async () => {
      const { locks } = await anotherProcess();
      await eventually(async () => (await locks.acquire(freshKey(), patient)).release());
      const askedAt = performance.now();
      const lease = await locks.acquire(freshKey(), patient);
      server.freeze();
      try {
        const events: string[] = [];
        lease.signal.addEventListener('abort', () => events.push('aborted'));
        // Timers run in the order of their due times, however late the machine is.
        const expiry = pause(askedAt + patient.ttlMs - performance.now()).then(() => events.push('expired'));
        expect(await ended(lease)).toBe('expired');
        await expiry;
        expect(events).toEqual(['aborted', 'expired']);
      } finally {
        server.thaw();
      }
      expect(await lease.release()).toBe('lost');
    });

    it('does not take the server for dead when it was held up itself', async () => {
      const { locks } = await anotherProcess(100);
      await eventually(async () => (await locks.acquire(freshKey(), patient)).release());
      const asked = locks.acquire(freshKey(), patient);
      await new Promise(setImmediate); // It is on its way.
      for (const until = performance.now() + 300; performance.now() < until;);
      expect(await (await asked).release()).toBe('released');
    });

    it('gives a grant back that arrives after its time, and asks again', async () => {
      const { locks } = await anotherProcess(10_000);
      const long = { ...patient, ttlMs: 4_000 };
      await eventually(async () => (await locks.acquire(freshKey(), long)).release());
      server.freeze();
      const asked = locks.acquire(freshKey(), long);
      await pause(3_000); // Longer than a grant is of use, and shorter than it lasts.
      server.thaw();
      const thawedAt = performance.now();
      const lease = await asked;
      expect(performance.now() - thawedAt).toBeLessThan(long.ttlMs / 2); // It did not end by itself.
      expect(lease.remainingMs()).toBeGreaterThan(long.ttlMs / 2);
      expect(await lease.release()).toBe('released');
    });

    it('takes back what the server grants after the caller gave up', async () => {
      const long = { ...patient, ttlMs: 120_000 };
      const [impatient, other] = await Promise.all([anotherProcess(100), anotherProcess()]);
      await eventually(async () => (await impatient.locks.acquire(freshKey(), long)).release());
      const key = freshKey();
      server.freeze();
      try {
        await expect(impatient.locks.acquire(key, long)).rejects.toThrow(LockBackendUnavailable);
      } finally {
        server.thaw();
      }
      await eventually(async () => (await impatient.locks.acquire(freshKey(), long)).release());
      const next = await eventually(() => other.locks.acquire(key, patient));
      expect(await next.release()).toBe('released');
    });

    it('frees a key that its holder lost and never released, although the session lives on', async () => {
      const driver = makeDriver(server, 2_000);
      driver.renew = async (grants) => grants.map(() => 'unknown'); // As if the answers were lost.
      const one = await openProcess(driver);
      open.push(one);
      const other = await anotherProcess();
      const key = freshKey();
      const lease = await one.locks.acquire(key, patient);
      const busy = new AbortController();
      const others = (async () => {
        while (!busy.signal.aborted) {
          await (await one.locks.acquire(freshKey(), patient)).release();
          await pause(50);
        }
      })();
      const next = await other.locks.acquire(key, patient);
      expect(() => lease.assertValid()).toThrow('The lock was lost');
      busy.abort();
      await others;
      expect(next.token).toBeGreaterThan(lease.token);
      expect(await lease.release()).toBe('lost');
      next.assertValid();
      expect(await next.release()).toBe('released');
    });

    it('grants the key to the next waiter when the notified one is gone', async () => {
      const long = { ...patient, ttlMs: 120_000 };
      const [holder, other] = await Promise.all([anotherProcess(), anotherProcess()]);
      const key = freshKey();
      const lease = await eventually(() => holder.locks.acquire(key, long));
      const gone = makeDriver(server, 2_000);
      await gone.open(20_000);
      const place = gone.acquire([key], 120_000, () => undefined);
      expect((await place.attempt()).outcome).toBe('refused');
      const next = other.locks.acquire(key, long);
      await gone.close();
      expect(await lease.release()).toBe('released');
      expect(await (await next).release()).toBe('released');
    });

    it('runs guarded work without the lock, or refuses, while the server is down, and locks again when it is back', async () => {
      const { locks, metrics } = await anotherProcess();
      const key = freshKey();
      const holder = await eventually(() => locks.acquire(key, patient));
      const guarded: LockOptions = { ...patient, onUnavailable: 'database' };
      const waiting = [1, 2, 3].map(() => locks.using(key, guarded, async ({ token }) => token));
      await server.kill();
      expect(await Promise.all(waiting)).toEqual([0n, 0n, 0n]);
      expect(await ended(holder)).toBe('expired');
      await eventually(async () => {
        await expect(locks.acquire(freshKey(), patient)).rejects.toThrow(LockBackendUnavailable);
        expect(await metrics.render()).toContain('lock_breaker_state 1');
      });

      await server.start();
      const lease = await eventually(() => locks.acquire(key, patient));
      expect(lease.token).toBeGreaterThan(holder.token);
      expect(await lease.release()).toBe('released');
      expect(await metrics.render()).toContain('lock_breaker_state 0');
    });

    it('comes back by itself after a freeze that outlived its sessions', async () => {
      const { locks } = await anotherProcess(100);
      const first = await eventually(() => locks.acquire(freshKey(), patient));
      server.freeze();
      try {
        expect(await ended(first)).toBe('expired');
        await pause(2_000);
        await expect(locks.acquire(freshKey(), patient)).rejects.toThrow(LockBackendUnavailable);
      } finally {
        server.thaw();
      }
      const lease = await eventually(() => locks.acquire(freshKey(), patient));
      expect(lease.token).toBeGreaterThan(first.token);
      expect(await lease.release()).toBe('released');
    });

    it('leaves nothing behind when all is over', async () => {
      const driver = makeDriver(server, 2_000);
      open.push(driver);
      await driver.open(20_000);
      await eventually(async () => {
        const held = await driver.heldLocks(100);
        expect(held.filter(({ key }) => !key.startsWith('check:'))).toEqual([]);
      });
    });

    it('starts without the server', async () => {
      await server.kill();
      const driver = makeDriver(server, 250);
      open.push(driver);
      await driver.open(200);
      await expect(driver.check()).rejects.toThrow(LockBackendUnavailable);
      await server.start();
      await eventually(() => driver.check());
    });
  });
}
