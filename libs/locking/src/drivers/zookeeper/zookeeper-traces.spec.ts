import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../../test/support/eventually.js';
import { TcpProxy } from '../../../../../test/support/tcp-proxy.js';
import { ZooKeeperServer } from '../../../../../test/support/zookeeper-server.js';
import { freshKey, LIMIT_MS, openProcess } from '../../lock-process.suite.js';
import type { LockOptions } from '../../locks.js';
import { ZooKeeperDriver } from './zookeeper.driver.js';

const patient: LockOptions = { ttlMs: 5_000, waitMs: LIMIT_MS, onUnavailable: 'fail-closed' };
const NEAR = 3;
const FAR = 3;
/** An answer takes so long to those far away, so that what they were told of is often gone when they look. */
const FAR_MS = 10;
const TURNS = 30;

describe('what ZooKeeper keeps of processes that wanted the same lock', () => {
  let server: ZooKeeperServer;
  let proxy: TcpProxy;
  let processes: Awaited<ReturnType<typeof openProcess>>[];

  beforeAll(async () => {
    server = await ZooKeeperServer.start();
    proxy = await TcpProxy.to(`http://${server.address}`);
    proxy.delay(FAR_MS);
    const addresses = [
      ...Array.from({ length: NEAR }, () => server.address),
      ...Array.from({ length: FAR }, () => new URL(proxy.url).host),
    ];
    processes = await Promise.all(
      addresses.map((address) =>
        openProcess(new ZooKeeperDriver({ servers: [address], keyPrefix: 'traces', commandTimeoutMs: 2_000 })),
      ),
    );
  });
  afterAll(async () => {
    await Promise.all(processes.map((process) => process.close()));
    await proxy.stop();
    await server.stop();
  });

  it('is no watch', async () => {
    const key = freshKey();
    const takeTurns = async ({ locks }: (typeof processes)[number]) => {
      for (let turn = 1; turn <= TURNS; turn += 1) await locks.using(key, patient, () => Promise.resolve());
    };
    await Promise.all(processes.map(takeTurns));
    await eventually(async () => expect(await server.tell('wchs')).toContain('Total watches:0'), { withinMs: 5_000 });
  });
});
