import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { clientOptions } from '#database';
import { loadConfig } from '#config';
import { eventually } from '../../../../../test/support/eventually.js';
import { TcpProxy } from '../../../../../test/support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../../../../../test/support/test-database.js';
import { LockingModule } from '../../locking.module.js';
import { LockBackendUnavailable, LockLost, LockTimeout } from '../../lock.errors.js';
import { describeLocks, freshKey, openProcess } from '../../locks.suite.js';
import type { LockOptions } from '../../locks.js';
import { PostgresDriver } from './postgres.driver.js';

const patient: LockOptions = { ttlMs: 2_000, waitMs: 20_000, onUnavailable: 'fail-closed' };

let database: TestDatabase;
let sql: Client;

const driver = () =>
  new PostgresDriver(clientOptions(loadConfig({ DATABASE_URL: database.url }), 'holdfast locks spec'));

const rows = async (table: 'locks' | 'waiters') => (await sql.query(`SELECT key FROM locking.${table}`)).rows;
/** Ends every connection but this one, as a restarted server does. */
const cutConnections = () =>
  sql.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()`);

beforeAll(async () => {
  database = await createTestDatabase([LockingModule.schema]);
  sql = new Client({ connectionString: database.url });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

describeLocks('postgres', driver, { raisesTokens: true, keepsSessions: false });

describe('locks in PostgreSQL', () => {
  const open: { close(): Promise<void> }[] = [];
  const anotherProcess = async () => {
    const process = await openProcess(driver());
    open.push(process);
    return process.locks;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((process) => process.close()));
    await sql.query('DELETE FROM locking.locks');
  });

  it('alternates between processes, however busy one is', async () => {
    const [busy, other] = await Promise.all([anotherProcess(), anotherProcess()]);
    const key = freshKey();
    const served: string[] = [];
    const job = (name: string) => async () => {
      served.push(name);
      await pause(5);
    };
    const waiters = Array.from({ length: 40 }, () => busy.using(key, patient, job('busy')));
    await other.using(key, patient, job('other'));
    expect(served.length).toBeLessThan(30);
    await Promise.all(waiters);
    expect(await rows('waiters')).toEqual([]);
  });

  it('leaves no row behind', async () => {
    const [one, other] = await Promise.all([anotherProcess(), anotherProcess()]);
    const key = freshKey();
    const lease = await one.acquire([key, freshKey()], patient);
    const gaveUp = other.acquire(key, { ...patient, waitMs: 50 });
    await expect(gaveUp).rejects.toBeInstanceOf(LockTimeout);
    await eventually(async () => expect(await rows('waiters')).toEqual([]));
    await lease.release();
    expect(await rows('locks')).toEqual([]);
  });

  it('never revives a key that it lost', async () => {
    const locks = await anotherProcess();
    const lease = await locks.acquire(freshKey(), patient);
    await sql.query('DELETE FROM locking.locks');
    await eventually(() => expect(lease.signal.aborted).toBe(true));
    expect(await lease.release()).toBe('lost');
    expect(await rows('locks')).toEqual([]);
  });

  it('tells the holder when the database does not answer any more', async () => {
    const proxy = await TcpProxy.to(database.url);
    try {
      const config = loadConfig({ DATABASE_URL: proxy.url });
      const process = await openProcess(new PostgresDriver(clientOptions(config, 'holdfast locks spec')));
      open.push(process);
      const lease = await process.locks.acquire(freshKey(), { ...patient, ttlMs: 1_000 });
      proxy.silence();
      await once(lease.signal, 'abort');
      expect(() => lease.assertValid()).toThrow(LockLost);
      proxy.restore();
    } finally {
      await Promise.all(open.splice(0).map((process) => process.close()));
      await proxy.stop();
    }
  });

  it('goes on after its connections were cut', async () => {
    const [one, other] = await Promise.all([anotherProcess(), anotherProcess()]);
    const key = freshKey();
    const lease = await one.acquire(key, patient);
    const waiting = other.acquire(key, patient);
    await pause(100);
    await cutConnections();
    await pause(1_000);
    lease.assertValid();
    await lease.release();
    const next = await waiting;
    expect(next.token).toBeGreaterThan(lease.token);
    await next.release();
  });

  it('deletes the locks of killed holders', async () => {
    const swept = driver();
    open.push(swept);
    await swept.open(10_000);
    await sql.query(`INSERT INTO locking.locks
      VALUES ('cart:left', 'o', 1, 'a', 'p', now() - interval '1 hour', now() - interval '1 hour')`);
    await swept.check();
    expect(await rows('locks')).toEqual([]);
  });

  it('says in bounded time that the server is not there', async () => {
    const config = loadConfig({ DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' });
    const nowhere = new PostgresDriver(clientOptions(config, 'holdfast locks spec'));
    open.push(nowhere);
    await nowhere.open(100);
    await expect(nowhere.check()).rejects.toThrow(LockBackendUnavailable);
    await expect(nowhere.heldLocks(1)).rejects.toThrow(LockBackendUnavailable);
  });
});
