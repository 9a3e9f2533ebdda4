import path from 'node:path';
import { freePort } from '../services/ports.mjs';
import { findProgram } from '../services/programs.mjs';
import { ProtocolMismatch, STARTING, up } from './probe.mjs';

/** @type {import('./catalogue.mjs').ServerKind} */
export const etcd = {
  name: 'etcd',
  title: 'etcd',
  variable: 'ETCD_URLS',
  protocols: ['http:', 'https:'],
  defaultPort: 2379,
  defaults: { user: '', password: '', name: '' },
  // Ranges in the conditions of a transaction came with 3.3, watch numbers of the client's own with 3.4.
  oldest: [3, 4],
  nodes: 'any',
  systemUser: 'etcd',
  packages: { apt: 'etcd-server', brew: 'etcd' },
  otherVersion: /cluster cannot be downgraded|invalid downgrade/,

  findPrograms() {
    const server = findProgram(['etcd']);
    return server ? { server, helper: server } : null;
  },

  async greet(url, _, timeoutMs) {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(new URL('/version', url), { signal });
    const version = /"etcdserver":"([^"]+)"/.exec(await answer.text())?.[1];
    if (!version) throw new ProtocolMismatch('another protocol');
    const health = await fetch(new URL('/health', url), { signal });
    return health.ok ? up(version) : STARTING;
  },

  async launch({ host, port, home, programs }) {
    const here = `http://${host.includes(':') ? `[${host}]` : host}`;
    const client = `${here}:${port}`;
    const peer = `${here}:${await freePort(port + 1)}`;
    const settings = {
      name: 'holdfast',
      'data-dir': path.join(home, 'data'),
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `holdfast=${peer}`,
      'auto-compaction-mode': 'revision',
      // Locks are written and deleted all day; who still needs what was there 10,000 writes ago?
      'auto-compaction-retention': '10000',
      // It warns of every write that the disk makes wait.
      'log-level': 'error',
      logger: 'zap',
      'log-outputs': 'stderr',
    };
    return [{ file: programs.server, args: Object.entries(settings).map(([name, value]) => `--${name}=${value}`) }];
  },
};
