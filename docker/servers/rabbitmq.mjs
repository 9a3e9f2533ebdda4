import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { freePort } from '../services/ports.mjs';
import { bareEnvironment, findProgram, foldersLike } from '../services/programs.mjs';
import { greetBroker, vhostOf } from './amqp-wire.mjs';
import { UP, answerOf, isOlder, wrong } from './answer.mjs';

const TITLE = 'RabbitMQ';
/** At-least-once dead-lettering came with 3.10. @type {readonly [number, number]} */ const OLDEST = [3, 10];
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
  title: TITLE,
  variable: 'RABBITMQ_URLS',
  protocols: ['amqp:', 'amqps:'],
  defaultPort: 5672,
  nodes: 'any',
  systemUser: 'rabbitmq',
  packages: {
    apt: 'rabbitmq-server',
    brew: 'rabbitmq',
    dnf: 'rabbitmq-server',
    pacman: 'rabbitmq',
    apk: 'rabbitmq-server',
  },

  findPrograms() {
    // The script in /usr/sbin of Debian insists on the system's own instance; the one it wraps does not.
    const server = findProgram(['rabbitmq-server'], FOLDERS);
    const epmd = findProgram(['epmd'], ERLANG_FOLDERS.flatMap(foldersLike));
    return server && epmd ? { server, helper: epmd } : null;
  },

  composeEnvironment: (url) => ({
    RABBITMQ_PORT: url.port || '5672',
    RABBITMQ_USER: decodeURIComponent(url.username) || 'guest',
    RABBITMQ_PASSWORD: decodeURIComponent(url.password) || 'guest',
    RABBITMQ_VHOST: vhostOf(url),
  }),

  probe: (url) =>
    answerOf(TITLE, async () => {
      const { version, refusal } = await greetBroker(url);
      if (refusal) return wrong(refusal);
      if (version === '' || !isOlder(version, OLDEST)) return UP;
      return wrong(`is RabbitMQ ${version}, and Holdfast needs ${OLDEST.join('.')} or newer`);
    }),

  async launch({ url, address, home, account, programs, write }) {
    const file = (/** @type {string} */ name) => path.join(home, name);
    write(file('rabbitmq.conf'), configuration(address, file('definitions.json')), account);
    write(file('definitions.json'), JSON.stringify(definitions(url)), account);
    write(file('enabled_plugins'), '[].\n', account);
    write(file('rabbitmq-env.conf'), '', account);
    const epmdPort = await freePort(address.port + 10_001);
    const environment = bareEnvironment(home, {
      ERL_EPMD_PORT: String(epmdPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: 'holdfast@localhost',
      RABBITMQ_NODE_PORT: String(address.port),
      RABBITMQ_NODE_IP_ADDRESS: address.host,
      RABBITMQ_DIST_PORT: String(await freePort(address.port + 10_000)),
      RABBITMQ_MNESIA_BASE: file('mnesia'),
      RABBITMQ_LOG_BASE: file('log'),
      RABBITMQ_LOGS: file('log/rabbitmq.log'),
      RABBITMQ_PID_FILE: file('rabbitmq.pid'),
      RABBITMQ_CONF_ENV_FILE: file('rabbitmq-env.conf'),
      RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: file('advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins'),
      RABBITMQ_GENERATED_CONFIG_DIR: file('config'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: ERLANG_FLAGS,
      // Makes the start script become the server instead of watching over it: one process less to end.
      RUNNING_UNDER_SYSTEMD: 'true',
    });
    return [
      // Erlang's name server, otherwise started by the node itself and left behind.
      {
        name: 'epmd',
        file: programs.helper,
        args: ['-port', String(epmdPort), '-address', '127.0.0.1'],
        environment,
        signal: 'SIGTERM',
        graceMs: 2_000,
      },
      { name: TITLE, file: programs.server, args: [], environment, signal: 'SIGTERM', graceMs: 25_000 },
    ];
  },
};

/** @param {{host: string, port: number}} address @param {string} definitionsFile */
function configuration(address, definitionsFile) {
  return [
    `listeners.tcp.1 = ${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`,
    `load_definitions = ${definitionsFile}`,
    'log.file.level = warning',
    'log.file.rotation.size = 5000000',
    'log.file.rotation.count = 2',
    'disk_free_limit.absolute = 50MB',
    '',
  ].join('\n');
}

/**
 * The URL's user with all rights in the URL's virtual host. Imported at every start, so that a changed password takes effect.
 *
 * @param {URL} url
 */
function definitions(url) {
  const name = decodeURIComponent(url.username) || 'guest';
  const salt = randomBytes(4);
  const hash = createHash('sha256')
    .update(salt)
    .update(decodeURIComponent(url.password) || 'guest')
    .digest();
  const user = {
    name,
    password_hash: Buffer.concat([salt, hash]).toString('base64'),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
    tags: 'administrator',
  };
  const vhost = vhostOf(url);
  return {
    users: [user],
    vhosts: [{ name: vhost }],
    permissions: [{ user: name, vhost, configure: '.*', write: '.*', read: '.*' }],
  };
}
