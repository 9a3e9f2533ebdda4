import path from 'node:path';
import { freePort } from '../services/ports.mjs';
import { findProgram, foldersLike } from '../services/programs.mjs';
import { up, wrong } from './probe.mjs';

const FOLDERS = ['/usr/lib/rabbitmq/bin', '/usr/local/opt/rabbitmq/sbin', '/opt/homebrew/opt/rabbitmq/sbin'];
const ERLANG_FOLDERS = [
  '/usr/lib/erlang/erts-*/bin',
  '/usr/lib64/erlang/erts-*/bin',
  '/opt/homebrew/lib/erlang/erts-*/bin',
];
/** Schedulers that sleep instead of spinning leave the processor to the shop. */
const ERLANG_FLAGS = '+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}';

/** @type {import('./catalogue.mjs').ServerKind} */
export const rabbitmq = {
  name: 'rabbitmq',
  title: 'RabbitMQ',
  variable: 'RABBITMQ_URLS',
  protocols: ['amqp:', 'amqps:'],
  defaultPort: 5672,
  defaults: { user: 'guest', password: 'guest', name: '/' },
  // At-least-once dead-lettering came with 3.10.
  oldest: [3, 10],
  nodes: 'any',
  systemUser: 'rabbitmq',
  packages: { apt: 'rabbitmq-server', brew: 'rabbitmq' },
  // Feature flags that the program does not know, or needs and the data lacks; tables of another version.
  otherVersion: /feature_flag|future_upgrades_found|rabbit_upgrade|schema_integrity_check_failed/,

  findPrograms() {
    // The script in /usr/sbin of Debian insists on the system's own instance; the one it wraps does not.
    const server = findProgram(['rabbitmq-server'], FOLDERS);
    const epmd = findProgram(['epmd'], ERLANG_FOLDERS.flatMap(foldersLike));
    return server && epmd ? { server, helper: epmd } : null;
  },

  async greet(url, { name }, timeoutMs) {
    const { connect } = await import('amqplib');
    try {
      const client = await connect(url.href, { timeout: timeoutMs });
      const { version } = client.connection.serverProperties;
      await client.close();
      return up(version);
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      if (/ACCESS.REFUSED/.test(message)) return wrong('refuses this user name or password');
      if (/ConnectionOpenOk|NOT.ALLOWED/.test(message)) return wrong(`has no virtual host "${name}" for this user`);
      throw error;
    }
  },

  async launch({ login, host, port, home, programs, write }) {
    const file = (/** @type {string} */ name) => path.join(home, name);
    const epmdPort = await freePort(port + 10_001);
    const environment = {
      ERL_EPMD_PORT: String(epmdPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      // A crash leaves its lines in the log, and no file of many megabytes beside it.
      ERL_CRASH_DUMP_BYTES: '0',
      RABBITMQ_NODENAME: 'holdfast@localhost',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_NODE_IP_ADDRESS: host,
      RABBITMQ_DIST_PORT: String(await freePort(port + 10_000)),
      RABBITMQ_MNESIA_BASE: file('mnesia'),
      RABBITMQ_LOG_BASE: file('log'),
      RABBITMQ_LOGS: file('log/rabbitmq.log'),
      RABBITMQ_PID_FILE: file('rabbitmq.pid'),
      RABBITMQ_CONF_ENV_FILE: write('rabbitmq-env.conf', ''),
      RABBITMQ_CONFIG_FILE: write('rabbitmq.conf', configuration(host, port)),
      RABBITMQ_ADVANCED_CONFIG_FILE: write('advanced.config', firstUser(login)),
      RABBITMQ_ENABLED_PLUGINS_FILE: write('enabled_plugins', '[].\n'),
      RABBITMQ_GENERATED_CONFIG_DIR: file('config'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: ERLANG_FLAGS,
      // Makes the start script become the server instead of watching over it: one process less to end.
      RUNNING_UNDER_SYSTEMD: 'true',
    };
    // Erlang's name server is otherwise started by the node itself and left behind.
    const epmd = { file: programs.helper, args: ['-port', String(epmdPort), '-address', '127.0.0.1'], environment };
    return [epmd, { file: programs.server, args: [], environment, graceMs: 25_000 }];
  },
};

/** Erlang writes text as JSON does. */
const binary = (text) => `<<${JSON.stringify(text)}/utf8>>`;

/** Of the first start; later ones leave users and virtual hosts as they are. */
const firstUser = ({ user, password, name }) =>
  `[{rabbit, [{default_user, ${binary(user)}}, {default_pass, ${binary(password)}}, {default_vhost, ${binary(name)}}]}].\n`;

function configuration(host, port) {
  return [
    `listeners.tcp.1 = ${host.includes(':') ? `[${host}]` : host}:${port}`,
    'log.file.level = warning',
    'log.file.rotation.size = 5000000',
    'log.file.rotation.count = 2',
    'disk_free_limit.absolute = 50MB',
    '',
  ].join('\n');
}
