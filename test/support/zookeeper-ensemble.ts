import { freePort } from './free-port.js';
import { ZooKeeperServer } from './zookeeper-server.js';

const IDS = [1, 2, 3];

/** Three ZooKeeper servers of the test's own: one leads, and a majority decides. */
export class ZooKeeperEnsemble {
  private constructor(
    readonly leader: ZooKeeperServer,
    readonly followers: readonly ZooKeeperServer[],
  ) {}

  /** Resolves when all of them answer. */
  static async start(): Promise<ZooKeeperEnsemble> {
    const members = await Promise.all(
      IDS.map(async (id) => `server.${id}=127.0.0.1:${await freePort()}:${await freePort()}`),
    );
    // A follower goes on for ten seconds without a word of its leader.
    const settings = [...members, 'initLimit=40', 'syncLimit=20'];
    const servers = await Promise.all(IDS.map((id) => ZooKeeperServer.start({ id, settings })));
    const states = await Promise.all(servers.map((server) => server.tell('srvr')));
    const leads = (index: number) => states[index]?.includes('Mode: leader') === true;
    const leader = servers.find((_, index) => leads(index));
    if (leader === undefined) throw new Error(`Nobody leads: ${states.join('\n')}`);
    return new ZooKeeperEnsemble(
      leader,
      servers.filter((server) => server !== leader),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([this.leader, ...this.followers].map((server) => server.stop()));
  }
}
