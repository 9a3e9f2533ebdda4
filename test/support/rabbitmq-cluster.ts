import { ErlangNames, RabbitmqServer } from './rabbitmq-server.js';
import { eventually } from './eventually.js';

const NODES = ['one', 'two', 'three'];

/** Three RabbitMQ nodes of the test's own, each of which can be killed and started again. */
export class RabbitmqCluster {
  private constructor(
    readonly nodes: readonly RabbitmqServer[],
    private readonly names: ErlangNames,
  ) {}

  /** Resolves when all nodes know each other. */
  static async start(): Promise<RabbitmqCluster> {
    const names = await ErlangNames.start();
    const members = NODES.map(
      (name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}@localhost`,
    );
    const settings = [
      'cluster_formation.peer_discovery_backend = classic_config',
      ...members,
      // A node that has lost the others stops, instead of going its own way.
      'cluster_partition_handling = pause_minority',
    ];
    const nodes = await Promise.all(NODES.map((name) => RabbitmqServer.prepare(name, names, settings)));
    const cluster = new RabbitmqCluster(nodes, names);
    await Promise.all(nodes.map((node) => node.start()));
    await eventually(async () => {
      const status = await nodes[0]!.control('cluster_status', '--formatter', 'json');
      const { running_nodes: running } = JSON.parse(status) as { running_nodes: string[] };
      if (running.length !== nodes.length) throw new Error(`${running.length} nodes run`);
    });
    return cluster;
  }

  /** For RABBITMQ_URLS. */
  get urls(): string {
    return this.nodes.map(({ url }) => url).join(',');
  }

  /** The node that decides for a queue. */
  async leaderOf(queue: string): Promise<RabbitmqServer> {
    for (const node of this.nodes) {
      const listed = await node.control('list_queues', 'name', 'leader', '--silent').catch(() => ''); // That one is down.
      const line = listed.split('\n').find((text) => text.startsWith(`${queue}\t`));
      const leader = this.nodes.find(({ name }) => name === line?.split('\t')[1]?.trim());
      if (leader) return leader;
    }
    throw new Error(`Nobody leads ${queue}.`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.names.stop();
  }
}
