import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { findProgram, foldersLike } from '../services/programs.mjs';
import { ProtocolMismatch, STARTING, hostOf, up } from './probe.mjs';

/** Debian keeps the classes together and names what they need in the archive itself; Homebrew has a folder with everything. */
const ARCHIVE = '/usr/share/java/zookeeper.jar';
const LOGGING = '/usr/share/java/slf4j-simple.jar';
const FOLDERS = ['/opt/homebrew/opt/zookeeper/libexec/lib', '/usr/local/opt/zookeeper/libexec/lib'];
const JAVA_FOLDERS = ['/usr/lib/jvm/*/bin', '/opt/homebrew/opt/openjdk*/bin', '/usr/local/opt/openjdk*/bin'];
/** What a development server needs of a machine that has other things to do. */
const JAVA_FLAGS = ['-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
/** It warns of every client that goes. Debian logs with slf4j-simple, Homebrew with Logback. */
const LOGBACK = path.join(import.meta.dirname, 'logback.xml');
/** A session may be as short as two of these. */
const TICK_MS = 500;

/** @type {import('./catalogue.mjs').ServerKind} */
export const zookeeper = {
  name: 'zookeeper',
  title: 'ZooKeeper',
  variable: 'ZOOKEEPER_URLS',
  protocols: ['zookeeper://'],
  defaultPort: 2181,
  defaults: { user: '', password: '', name: '' },
  oldest: [3, 6],
  nodes: 'any',
  systemUser: 'zookeeper',
  packages: { apt: 'zookeeper', brew: 'zookeeper' },

  findPrograms() {
    // The scripts of the packages bring the settings of the system's own instance: Java is asked directly.
    const server = findProgram(['java'], JAVA_FOLDERS.flatMap(foldersLike));
    const classes = [ARCHIVE, ...FOLDERS].find((place) => existsSync(place));
    return server && classes ? { server, helper: classes } : null;
  },

  /** With the four letters that every ZooKeeper answers unless its configuration forbids it. */
  async greet(url, _, timeoutMs) {
    const answer = await ask(url, 'srvr', timeoutMs);
    if (answer.startsWith('This ZooKeeper instance')) return STARTING;
    if (answer.startsWith('srvr is not executed')) return up();
    const version = /^Zookeeper version: (\d+\.\d+)/.exec(answer)?.[1];
    if (!version) throw new ProtocolMismatch('another protocol');
    return up(version);
  },

  async launch({ host, port, home, programs, write }) {
    const config = [
      `dataDir=${path.join(home, 'data')}`,
      `clientPort=${port}`,
      `clientPortAddress=${host}`,
      `tickTime=${TICK_MS}`,
      `minSessionTimeout=${2 * TICK_MS}`,
      'maxSessionTimeout=120000',
      'maxClientCnxns=0',
      'autopurge.purgeInterval=1',
      'admin.enableServer=false',
    ];
    const classes = programs.helper === ARCHIVE ? [ARCHIVE, LOGGING] : [path.join(programs.helper, '*')];
    const logging = [
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
      `-Dlogback.configurationFile=${write('logback.xml', readFileSync(LOGBACK, 'utf8'))}`,
    ];
    const main = ['org.apache.zookeeper.server.ZooKeeperServerMain', write('zoo.cfg', `${config.join('\n')}\n`)];
    return [{ file: programs.server, args: [...JAVA_FLAGS, ...logging, '-cp', classes.join(path.delimiter), ...main] }];
  },
};

/** @returns {Promise<string>} all that it answers before it closes */
async function ask(url, word, timeoutMs) {
  const socket = net.connect({ host: hostOf(url), port: Number(url.port || 2181) });
  socket.setTimeout(timeoutMs, () => socket.destroy(new ProtocolMismatch('no end of the answer')));
  socket.write(word);
  let answer = '';
  for await (const bytes of socket) {
    answer += String(bytes);
    if (answer.includes('\n')) break;
  }
  return answer;
}
