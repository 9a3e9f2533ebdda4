/** @servers etcd */
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { EtcdServer } from '../../../../../test/support/etcd-server.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { TcpProxy } from '../../../../../test/support/tcp-proxy.js';
import { freshKey, LIMIT_MS } from '../../lock-process.suite.js';
import type { Acquisition, Grant } from '../driver.js';
import { EtcdDriver } from './etcd.driver.js';
import { Names } from './names.js';

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
const expectOnlyItsTombstone = (owner: string) =>
  eventually(async () => expect(await etcd.getAll().prefix(keyPrefix).keys()).toEqual([names.tombstoneOf(owner)]));
/** Resolves when the first member is lost while it is asked for the key, with what makes it do so late. */
const lostWhileAskedFor = (key: string) => first.refuseFrom(`${names.lockOf(key)}${PUT}`);

/** Frees the key for the lost member and withdraws: the late grant does not stay. */
async function expectTakenBack(
  key: string,
  acquisition: Acquisition,
  lost: ReturnType<typeof lostWhileAskedFor>,
): Promise<void> {
  await driver.forceRelease(key);
  (await lost)();
  const owner = await takenBy(key);
  await acquisition.withdraw();
  await expectOnlyItsTombstone(owner);
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

it('finds its grant again by another member when the answer was lost with the first, and frees it for good', async () => {
  first.delay(60_000);
  const key = freshKey();
  const asked = taken(key);
  const owner = await takenBy(key);
  first.restore();
  const grant = await asked;
  expect(grant.owner).toBe(owner);
  expect(await driver.release(grant)).toBe('released');
  await expectOnlyItsTombstone(grant.owner);
});

it('takes back what the first member grants late to who was refused by the other one and would not wait', async () => {
  const key = freshKey();
  await etcd.put(names.lockOf(key)).value('somebody else');
  const lost = lostWhileAskedFor(key);
  const acquisition = driver.acquire([key], ttlMs);
  expect(await acquisition.attempt()).toMatchObject({ outcome: 'refused' });
  await expectTakenBack(key, acquisition, lost);
});

it('takes back what the first member grants late to who waits behind the refusal of the other one', async () => {
  const key = freshKey();
  await etcd.put(names.lockOf(key)).value('somebody else');
  const acquisition = driver.acquire([key], ttlMs, () => undefined);
  expect(await acquisition.attempt()).toMatchObject({ outcome: 'refused' });
  const lost = lostWhileAskedFor(key);
  expect(await acquisition.attempt()).toMatchObject({ outcome: 'refused' });
  await expectTakenBack(key, acquisition, lost);
});

it('takes back what the first member grants late, after what the other one granted was freed', async () => {
  const before = await taken(freshKey());
  await driver.release(before);
  const next = before.owner.replace(/-(\d+) /, (_, count: string) => `-${Number(count) + 1} `);
  const key = freshKey();
  const lost = lostWhileAskedFor(key);
  const tombstoneLost = second.refuseFrom(`${names.tombstoneOf(next)}${PUT}`);
  const grant = await taken(key);
  expect(grant.owner).toBe(next);
  await tombstoneLost;
  await etcd.delete().key(names.lockOf(key));
  (await lost)();
  expect(await takenBy(key)).toBe(next);
  second.restore();
  await expectOnlyItsTombstone(next);
});

it('leaves a grant alone that the other member made', async () => {
  const key = freshKey();
  const lost = lostWhileAskedFor(key);
  const grant = await taken(key);
  await lost;
  await eventually(async () => expect(await etcd.get(names.tombstoneOf(grant.owner)).exists()).toBe(true));
  expect(await driver.renew([grant])).toEqual(['renewed']);
  expect(await driver.release(grant)).toBe('released');
});
