/** @servers zookeeper */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../../test/support/eventually.js';
import { TcpProxy } from '../../../../../test/support/tcp-proxy.js';
import { ZooKeeperServer } from '../../../../../test/support/zookeeper-server.js';
import { freshKey, LIMIT_MS, openProcess } from '../../lock-process.suite.js';
import type { LockOptions } from '../../locks.js';
import { ZooKeeperDriver } from './zookeeper.driver.js';
import { ZooKeeperSession } from './zookeeper-session.js';

const patient: LockOptions = { ttlMs: 5_000, waitMs: LIMIT_MS, onUnavailable: 'fail-closed' };
const NEAR = 3;
const FAR = 3;
/** Latency of the distant processes: what they are notified of is often gone when they read it. */
const FAR_MS = 10;
const ROUNDS = 30;
const VAIN_ROUNDS = 5;
const VAIN_MS = 100;
const KEY_PREFIX = 'traces';
const commandTimeoutMs = 2_000;

describe('what ZooKeeper keeps of processes that wanted the same lock', () => {
  let server: ZooKeeperServer;
  let proxy: TcpProxy;
  let session: ZooKeeperSession;
  let processes: Awaited<ReturnType<typeof openProcess>>[];

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
    proxy = await TcpProxy.to(`http://${server.address}`);
    proxy.delay(FAR_MS);
    session = new ZooKeeperSession({ servers: server.address, timeoutMs: 5_000, commandTimeoutMs });
    const addresses = [
      ...Array.from({ length: NEAR }, () => server.address),
      ...Array.from({ length: FAR }, () => new URL(proxy.url).host),
    ];
    processes = await Promise.all(
      addresses.map((address) =>
        openProcess(new ZooKeeperDriver({ urls: [address], keyPrefix: KEY_PREFIX, commandTimeoutMs })),
      ),
    );
  });
  afterAll(async () => {
    await Promise.all(processes.map((process) => process.close()));
    await session.close();
    await proxy.stop();
    await server.stop();
  });

  const takeTurns = async () => {
    const key = freshKey();
    await Promise.all(
      processes.map(async ({ locks }) => {
        for (let round = 1; round <= ROUNDS; round += 1) await locks.using(key, patient, () => Promise.resolve());
      }),
    );
  };
  const queues = () => session.children(`/${KEY_PREFIX}/wait`);

  it('is no watch', async () => {
    await takeTurns();
    await eventually(async () => expect(await server.tell('wchs')).toContain('Total watches:0'), { withinMs: 5_000 });
  });

  it('is no queue when all had their turn', async () => {
    await takeTurns();
    await eventually(async () => expect(await queues()).toEqual([]), { withinMs: 5_000 });
  });

  it('is no queue when all waits have timed out', async () => {
    const [holder, ...others] = processes;
    for (let round = 1; round <= VAIN_ROUNDS; round += 1) {
      const key = freshKey();
      await holder!.locks.using(key, patient, async () => {
        const waits = others.map(({ locks }) => locks.acquire(key, { ...patient, waitMs: VAIN_MS }));
        const outcomes = await Promise.allSettled(waits);
        expect(outcomes.map(({ status }) => status)).toEqual(others.map(() => 'rejected'));
      });
    }
    await eventually(async () => expect(await queues()).toEqual([]), { withinMs: 5_000 });
  });
});
