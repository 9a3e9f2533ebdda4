import { findProgram } from '../services/programs.mjs';
import { STARTING, hostOf, up, wrong } from './probe.mjs';

/** @type {import('./catalogue.mjs').ServerKind} */
export const redis = {
  name: 'redis',
  title: 'Redis',
  variable: 'REDIS_URLS',
  protocols: ['redis:', 'rediss:'],
  defaultPort: 6379,
  defaults: { user: 'default', password: '', name: '' },
  oldest: [6, 0],
  nodes: 'each',
  systemUser: 'redis',
  packages: { apt: 'redis-server', brew: 'redis' },
  otherVersion: /Can't handle RDB format version/,

  findPrograms() {
    // Valkey is the same server under the name that Fedora and Arch ship it.
    const server = findProgram(['redis-server', 'valkey-server']);
    return server ? { server, helper: server } : null;
  },

  async greet(url, { user, password }, timeoutMs) {
    const { Redis } = await import('ioredis');
    const once = { lazyConnect: true, enableReadyCheck: false, retryStrategy: () => null, maxRetriesPerRequest: 0 };
    const tls = url.protocol === 'rediss:' ? { tls: {} } : {};
    const client = new Redis({
      host: hostOf(url),
      port: Number(url.port || 6379),
      commandTimeout: timeoutMs,
      ...once,
      ...tls,
    });
    /** @type {Error[]} the first is the cause; the command's own error may only say that the connection is closed */
    const failures = [];
    client.on('error', (error) => failures.push(error));
    try {
      await client.connect();
      if (password) await client.auth(user, password);
      return up(/^redis_version:(\S+)/m.exec(await client.info('server'))?.[1]);
    } catch (error) {
      return refusal(failures[0] ?? /** @type {Error} */ (error));
    } finally {
      client.disconnect();
    }
  },

  async launch({ login: { user, password }, host, port, home, programs, write }) {
    const lines = [`bind ${host}`, `port ${port}`, `dir ${JSON.stringify(home)}`, 'appendonly yes', 'loglevel warning'];
    if (password) lines.push(`user ${user} on ${JSON.stringify(`>${password}`)} ~* &* +@all`);
    if (password && user !== 'default') lines.push('user default off');
    return [{ file: programs.server, args: [write('redis.conf', `${lines.join('\n')}\n`)] }];
  },
};

function refusal(error) {
  const [word] = error.message.split(' ');
  if (word === 'LOADING') return STARTING;
  if (word === 'NOAUTH') return wrong('asks for a password');
  if (word === 'NOPERM') return up();
  if (word === 'WRONGPASS' || word === 'ERR') return wrong(`refuses this password (${error.message})`);
  throw error;
}
