import path from 'node:path';
import { freePort } from '../services/ports.mjs';
import { bareEnvironment, findProgram } from '../services/programs.mjs';
import { STARTING, UP, answerOf, isOlder, wrong } from './answer.mjs';
import { NotThatProtocol, Wire } from './wire.mjs';

const TITLE = 'etcd';
/** Ranges in the conditions of a transaction came with 3.3, watch numbers of the client's own with 3.4. @type {readonly [number, number]} */
const OLDEST = [3, 4];
const ANSWER_MAX_BYTES = 10_000;

/** @type {import('./catalogue.mjs').ServerKind} */
export const etcd = {
  name: 'etcd',
  title: TITLE,
  variable: 'ETCD_URLS',
  protocols: ['http:', 'https:'],
  defaultPort: 2379,
  nodes: 'any',
  systemUser: 'etcd',
  packages: { apt: 'etcd-server', brew: 'etcd', dnf: 'etcd', pacman: 'etcd', apk: 'etcd' },

  findPrograms() {
    const server = findProgram(['etcd']);
    return server ? { server, helper: server } : null;
  },

  composeEnvironment: (url) => ({ ETCD_PORT: url.port || '2379' }),

  probe: (url) =>
    answerOf(TITLE, async () => {
      const version = /"etcdserver":"([^"]+)"/.exec((await get(url, '/version')).body)?.[1];
      if (!version) throw new NotThatProtocol('another protocol');
      if (isOlder(version, OLDEST)) return wrong(`is etcd ${version}, and Holdfast needs ${OLDEST.join('.')} or newer`);
      const { status } = await get(url, '/health');
      return status === 200 ? UP : STARTING;
    }),

  async launch({ address, home, account, programs, write }) {
    const config = path.join(home, 'etcd.json');
    const here = `http://${address.host.includes(':') ? `[${address.host}]` : address.host}`;
    const client = `${here}:${address.port}`;
    const peer = `${here}:${await freePort(address.port + 1)}`;
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
      // 3.4 cannot rotate its log, and warns of every write that the disk makes wait.
      'log-level': 'error',
      logger: 'zap',
      'log-outputs': ['stderr'],
    };
    write(config, JSON.stringify(settings), account);
    return [
      {
        name: TITLE,
        file: programs.server,
        args: ['--config-file', config],
        environment: bareEnvironment(home),
        signal: 'SIGTERM',
        graceMs: 10_000,
      },
    ];
  },
};

/** @param {URL} url @param {string} file @returns {Promise<{status: number, body: string}>} */
async function get(url, file) {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const wire = await Wire.open({ host, port: Number(url.port || 2379), secure });
  try {
    wire.send(`GET ${file} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`);
    const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(await wire.line())?.[1]);
    if (!status) throw new NotThatProtocol('another protocol');
    let length = 0;
    for (let header = await wire.line(); header !== ''; header = await wire.line()) {
      length = Number(/^content-length: (\d+)$/i.exec(header)?.[1] ?? length);
    }
    if (length > ANSWER_MAX_BYTES) throw new NotThatProtocol('another protocol');
    return { status, body: (await wire.take(length)).toString('utf8') };
  } finally {
    wire.close();
  }
}
