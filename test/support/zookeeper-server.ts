import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { PrivateServer } from './private-server.js';

const PROGRAM = 'java';
const ANSWER_LIMIT_MS = 1_000;
const ARCHIVE = '/usr/share/java/zookeeper.jar';
const FOLDERS = ['/opt/homebrew/opt/zookeeper/libexec/lib', '/usr/local/opt/zookeeper/libexec/lib'];

/** One of several servers that decide together. */
export interface Membership {
  readonly id: number;
  readonly settings: readonly string[];
}

/** A ZooKeeper server of the test's own, to be killed, frozen and started again with the data that it had. */
export class ZooKeeperServer extends PrivateServer {
  private constructor(
    private readonly port: number,
    private readonly membership: Membership | undefined,
    home: string,
  ) {
    super(home);
  }

  /** Resolves when it answers: as a member, when enough of the others are there. */
  static async start(membership?: Membership): Promise<ZooKeeperServer> {
    const home = await mkdtemp(join(tmpdir(), 'holdfast-zookeeper-'));
    const server = new ZooKeeperServer(await freePort(), membership, home);
    await server.start();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts it again on the same port. */
  override async start(): Promise<void> {
    const config = join(this.home, 'zoo.cfg');
    const data = join(this.home, 'data');
    const settings = [
      `dataDir=${data}`,
      `clientPort=${this.port}`,
      'clientPortAddress=127.0.0.1',
      'tickTime=500',
      'maxSessionTimeout=120000',
      'admin.enableServer=false',
      '4lw.commands.whitelist=srvr,wchs',
      ...(this.membership?.settings ?? []),
    ];
    await mkdir(data, { recursive: true });
    if (this.membership !== undefined) await writeFile(join(data, 'myid'), String(this.membership.id));
    await writeFile(config, settings.join('\n'));
    const classes = existsSync(ARCHIVE) ? ARCHIVE : FOLDERS.map((folder) => join(folder, '*')).join(':');
    const flags = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classes];
    const args = [...flags, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', config];
    this.child = spawn(PROGRAM, args, { stdio: 'ignore' });
    await once(this.child, 'spawn');
    await eventually(async () => {
      const answer = await this.tell('srvr');
      if (!answer.startsWith('Zookeeper version')) throw new Error(`ZooKeeper says ${answer}`);
    });
  }

  /** What it says of itself when it is asked in a word of four letters. */
  async tell(word: 'srvr' | 'wchs'): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
      socket.setTimeout(ANSWER_LIMIT_MS, () => socket.destroy(new Error('ZooKeeper does not answer.')));
      socket.write(word);
      return await text(socket);
    } finally {
      socket.destroy();
    }
  }
}
