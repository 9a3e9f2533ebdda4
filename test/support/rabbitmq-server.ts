import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { PrivateServer } from './private-server.js';

/** The script in Debian's PATH insists on the system's own instance; the one that it wraps does not. */
const FOLDERS = ['/usr/lib/rabbitmq/bin', '/opt/homebrew/opt/rabbitmq/sbin', '/usr/local/opt/rabbitmq/sbin'];
const FOLDER = FOLDERS.find((folder) => existsSync(join(folder, 'rabbitmq-server')));
/** Schedulers that sleep instead of spinning leave the processor to the processes under test. */
const ERLANG_FLAGS = '+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}';
const NAME_SERVER = 'epmd';
const STARTS_WITHIN_MS = 90_000;
const ANSWER_LIMIT_MS = 60_000;

interface Place {
  readonly name: string;
  readonly port: number;
  readonly distPort: number;
  /** Where the nodes of a cluster find each other's ports. */
  readonly names: ErlangNames;
  readonly settings: readonly string[];
}

/** A RabbitMQ node of the test's own, to be killed, frozen and started again with the data that it had. */
export class RabbitmqServer extends PrivateServer {
  private constructor(
    private readonly place: Place,
    home: string,
  ) {
    super(home);
  }

  /** One that stands alone. Resolves when it answers. */
  static async start(): Promise<RabbitmqServer> {
    const server = await RabbitmqServer.prepare('alone', await ErlangNames.start());
    await server.start();
    return server;
  }

  /** @param settings lines of rabbitmq.conf */
  static async prepare(name: string, names: ErlangNames, settings: readonly string[] = []): Promise<RabbitmqServer> {
    const home = await mkdtemp(join(tmpdir(), 'holdfast-rabbitmq-'));
    const place = { name, names, settings, port: await freePort(), distPort: await freePort() };
    await writeFile(join(home, '.erlang.cookie'), names.cookie, { mode: 0o400 });
    return new RabbitmqServer(place, home);
  }

  /** As the nodes of a cluster call it. */
  get name(): string {
    return `${this.place.name}@localhost`;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.place.port}`;
  }

  /** Starts it again, with its data, on the same port. */
  override async start(): Promise<void> {
    const { port, settings } = this.place;
    const lines = [`listeners.tcp.1 = 127.0.0.1:${port}`, 'disk_free_limit.absolute = 50MB', ...settings, ''];
    await writeFile(join(this.home, 'rabbitmq.conf'), lines.join('\n'));
    await writeFile(join(this.home, 'enabled_plugins'), '[].\n');
    this.child = spawn(program('rabbitmq-server'), [], { env: this.environment, stdio: 'ignore' });
    await once(this.child, 'spawn');
    await eventually(async () => (await connect(this.url, { timeout: ANSWER_LIMIT_MS })).close(), {
      withinMs: STARTS_WITHIN_MS,
    });
  }

  /** Runs rabbitmqctl on it. Returns what it printed. */
  async control(...args: string[]): Promise<string> {
    const all = ['-q', '-n', this.name, ...args];
    const { stdout } = await promisify(execFile)(program('rabbitmqctl'), all, {
      env: this.environment,
      timeout: ANSWER_LIMIT_MS,
    });
    return stdout;
  }

  /** It takes no messages while this lasts, as if it were short of memory. */
  async raiseMemoryAlarm(): Promise<void> {
    await this.control('set_vm_memory_high_watermark', '0');
  }

  async clearMemoryAlarm(): Promise<void> {
    await this.control('set_vm_memory_high_watermark', '0.6');
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.place.names.stop();
  }

  private get environment(): Record<string, string> {
    const file = (name: string): string => join(this.home, name);
    return {
      PATH: process.env['PATH'] ?? '',
      LANG: 'C.UTF-8',
      HOME: this.home,
      ERL_EPMD_PORT: String(this.place.names.port),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: this.name,
      RABBITMQ_DIST_PORT: String(this.place.distPort),
      RABBITMQ_MNESIA_BASE: file('mnesia'),
      RABBITMQ_LOG_BASE: file('log'),
      RABBITMQ_PID_FILE: file('rabbitmq.pid'),
      RABBITMQ_CONF_ENV_FILE: file('rabbitmq-env.conf'),
      RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: file('advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins'),
      RABBITMQ_GENERATED_CONFIG_DIR: file('config'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: ERLANG_FLAGS,
      // Makes the start script become the server instead of watching over it.
      RUNNING_UNDER_SYSTEMD: 'true',
    };
  }
}

/** Erlang's name server, which a node would start by itself and leave behind; and the secret that its nodes share. */
export class ErlangNames extends PrivateServer {
  readonly cookie = randomBytes(16).toString('hex');

  private constructor(
    readonly port: number,
    home: string,
  ) {
    super(home);
  }

  static async start(): Promise<ErlangNames> {
    const names = new ErlangNames(await freePort(), await mkdtemp(join(tmpdir(), 'holdfast-epmd-')));
    await names.start();
    return names;
  }

  override async start(): Promise<void> {
    const args = ['-port', String(this.port), '-address', '127.0.0.1'];
    this.child = spawn(NAME_SERVER, args, { env: { PATH: process.env['PATH'], HOME: this.home }, stdio: 'ignore' });
    await once(this.child, 'spawn');
  }
}

const program = (name: string): string => (FOLDER === undefined ? name : join(FOLDER, name));
