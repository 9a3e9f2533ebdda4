import path from 'node:path';
import { bareEnvironment, findProgram } from '../services/programs.mjs';
import { STARTING, UP, answerOf, wrong } from './answer.mjs';
import { NotThatProtocol, Wire } from './wire.mjs';

const TITLE = 'Redis';

/** @type {import('./catalogue.mjs').ServerKind} */
export const redis = {
  name: 'redis',
  title: TITLE,
  variable: 'REDIS_URLS',
  protocols: ['redis:', 'rediss:'],
  defaultPort: 6379,
  nodes: 'each',
  systemUser: 'redis',
  packages: { apt: 'redis-server', brew: 'redis', dnf: 'valkey', pacman: 'valkey', apk: 'redis' },

  findPrograms() {
    // Valkey is the same server under the name that Fedora and Arch ship it.
    const server = findProgram(['redis-server', 'valkey-server']);
    return server ? { server, helper: server } : null;
  },

  composeEnvironment: (url) => ({
    REDIS_PORT: url.port || '6379',
    REDIS_PASSWORD: decodeURIComponent(url.password),
  }),

  probe: (url) => answerOf(TITLE, () => greet(url)),

  async launch({ url, address, home, account, programs, write }) {
    const config = path.join(home, 'redis.conf');
    write(config, configuration(url, address, home), account);
    return [
      {
        name: TITLE,
        file: programs.server,
        args: [config],
        environment: bareEnvironment(home),
        signal: 'SIGTERM',
        graceMs: 10_000,
      },
    ];
  },
};

/** @param {URL} url @returns {Promise<import('./answer.mjs').Answer>} */
async function greet(url) {
  const secure = url.protocol === 'rediss:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const wire = await Wire.open({ host, port: Number(url.port || 6379), secure });
  try {
    const password = decodeURIComponent(url.password);
    const user = decodeURIComponent(url.username);
    if (password) {
      const reply = await ask(wire, ['AUTH', ...(user ? [user] : []), password]);
      if (reply !== '+OK') return wrong(`refuses this password (${reply.slice(1)})`);
    }
    const reply = await ask(wire, ['PING']);
    if (reply === '+PONG') return UP;
    if (reply.startsWith('-LOADING')) return STARTING;
    return wrong(reply.startsWith('-NOAUTH') ? 'asks for a password' : `answers "${reply.slice(1)}"`);
  } finally {
    wire.close();
  }
}

/** @param {Wire} wire @param {string[]} words */
async function ask(wire, words) {
  wire.send(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
  const reply = await wire.line();
  if (!/^[+-]/.test(reply)) throw new NotThatProtocol('another protocol');
  return reply;
}

/** @param {URL} url @param {{host: string, port: number}} address @param {string} home */
function configuration(url, address, home) {
  const user = decodeURIComponent(url.username) || 'default';
  const password = decodeURIComponent(url.password);
  const lines = [
    `bind ${address.host}`,
    `port ${address.port}`,
    `dir ${JSON.stringify(home)}`,
    'daemonize no',
    'appendonly yes',
    // Redis cannot rotate its log: every save would be a few lines more.
    'loglevel warning',
  ];
  if (password) lines.push(`user ${user} on ${JSON.stringify(`>${password}`)} ~* &* +@all`);
  if (password && user !== 'default') lines.push('user default off');
  return `${lines.join('\n')}\n`;
}
