/** @servers etcd */
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { EtcdServer } from '../../../../../test/support/etcd-server.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { TcpProxy } from '../../../../../test/support/tcp-proxy.js';
import { freshKey, LIMIT_MS } from '../../lock-process.suite.js';
import type { Grant } from '../driver.js';
import { EtcdDriver } from './etcd.driver.js';
import { Names } from './etcd-keys.js';

// Two ways to one server stand for two members of a cluster: one is lost while it is asked, and the other one is asked the same.

// The faults that tests make are not news.
Logger.overrideLogger(false);

/** So long that no lease of a lock ends during a test. */
const ttlMs = 120_000;
const keyPrefix = 'late/';
const names = new Names(keyPrefix);
/** What follows a name in a request that puts it, and in no other. */
const PUT = '\u0012';

let server: EtcdServer;
let etcd: Etcd3;
let first: TcpProxy;
let second: TcpProxy;
let driver: EtcdDriver;

async function taken(key: string): Promise<Grant> {
  const attempt = await driver.acquire([key], ttlMs).attempt();
  if (attempt.outcome !== 'granted') throw new Error('The key was not free.');
  return attempt.grant;
}
const ownerOf = (key: string) => etcd.get(names.lockOf(key)).string();
/** Resolves with its owner when the key is taken. */
const takenBy = (key: string) =>
  eventually(async () => {
    const owner = await ownerOf(key);
    expect(owner).not.toBeNull();
    return owner!;
  });
const left = async () =>
  (await etcd.getAll().prefix(keyPrefix).keys()).filter((name) => !name.startsWith(names.sessionOf('')));
/** Resolves when the first member is lost while it is asked for the key, with what makes it do so late. */
const lostWhileAskedFor = (key: string) => first.refuseFrom(`${names.lockOf(key)}${PUT}`);

/** How many writes the server has decided on, with or without effect. */
const decisions = async () => BigInt((await etcd.maintenance.status()).raftIndex);

/** Lets the lost member carry out what it was asked for. */
async function carryOut(lost: ReturnType<typeof lostWhileAskedFor>): Promise<void> {
  const before = await decisions();
  (await lost)();
  await eventually(async () => expect(await decisions()).toBeGreaterThan(before));
}

beforeAll(async () => {
  server = await EtcdServer.start();
  etcd = new Etcd3({ hosts: server.url });
});
beforeEach(async () => {
  [first, second] = await Promise.all([TcpProxy.to(server.url), TcpProxy.to(server.url)]);
  driver = new EtcdDriver({ urls: [first.url, second.url], keyPrefix, commandTimeoutMs: LIMIT_MS });
  await driver.release(await taken(freshKey())); // From now on there is a session.
});
afterEach(async () => {
  await driver.close();
  await Promise.all([first.stop(), second.stop()]);
  await etcd.delete().prefix(keyPrefix);
});
afterAll(async () => {
  etcd.close();
  await server.stop();
});

it('is granted the key by another member when the answer was lost with the first, and frees it for good', async () => {
  first.delay(60_000);
  const key = freshKey();
  const asked = taken(key);
  const owner = await takenBy(key);
  first.restore();
  const grant = await asked;
  expect(grant.owner).toBe(owner);
  expect(await driver.renew([grant])).toEqual(['renewed']);
  expect(await driver.release(grant)).toBe('released');
  expect(await left()).toEqual([]);
});

it('is granted everything by the other member that the first was asked for when it was lost', async () => {
  first.delay(60_000);
  const keys = Array.from({ length: 20 }, freshKey);
  const asked = Promise.all(keys.map(taken));
  await Promise.all(keys.map(takenBy));
  first.refuse();
  const grants = await asked;
  expect(await driver.renew(grants)).toEqual(grants.map(() => 'renewed'));
  await Promise.all(grants.map((grant) => driver.release(grant)));
  expect(await left()).toEqual([]);
});

it('gets nothing late from the first member after the other one refused, if it would not wait', async () => {
  const key = freshKey();
  await etcd.put(names.lockOf(key)).value('somebody else');
  const lost = lostWhileAskedFor(key);
  expect(await driver.acquire([key], ttlMs).attempt()).toMatchObject({ outcome: 'refused' });
  await driver.forceRelease(key);
  await carryOut(lost);
  expect(await left()).toEqual([]);
});

it('gets nothing late from the first member while it waits behind the refusal of the other one', async () => {
  const key = freshKey();
  await etcd.put(names.lockOf(key)).value('somebody else');
  const acquisition = driver.acquire([key], ttlMs, () => undefined);
  expect(await acquisition.attempt()).toMatchObject({ outcome: 'refused' });
  const lost = lostWhileAskedFor(key);
  expect(await acquisition.attempt()).toMatchObject({ outcome: 'refused' });
  await driver.forceRelease(key);
  await carryOut(lost);
  expect(await ownerOf(key)).toBeNull();
  await acquisition.withdraw();
  expect(await left()).toEqual([]);
});

it('gets nothing late from the first member after what the other one granted was freed', async () => {
  const key = freshKey();
  const lost = lostWhileAskedFor(key);
  expect(await driver.release(await taken(key))).toBe('released');
  await carryOut(lost);
  expect(await left()).toEqual([]);
});

it('keeps the grant of the other member when the first one carries out the same request', async () => {
  const key = freshKey();
  const lost = lostWhileAskedFor(key);
  const grant = await taken(key);
  await carryOut(lost);
  expect(await driver.renew([grant])).toEqual(['renewed']);
  expect(await driver.release(grant)).toBe('released');
});
