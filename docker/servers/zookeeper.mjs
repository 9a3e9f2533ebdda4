import { existsSync } from 'node:fs';
import path from 'node:path';
import { bareEnvironment, findProgram, foldersLike, isExecutable } from '../services/programs.mjs';
import { STARTING, UP, answerOf, isOlder, wrong } from './answer.mjs';
import { NotThatProtocol, Wire } from './wire.mjs';

const TITLE = 'ZooKeeper';
/** @type {readonly [number, number]} */ const OLDEST = [3, 6];
/** Debian keeps the classes together and names what they need in the archive itself; Homebrew has a folder with everything. */
const ARCHIVE = '/usr/share/java/zookeeper.jar';
const LOGGING = '/usr/share/java/slf4j-simple.jar';
const FOLDERS = ['/opt/homebrew/opt/zookeeper/libexec/lib', '/usr/local/opt/zookeeper/libexec/lib'];
const JAVA_FOLDERS = ['/usr/lib/jvm/*/bin', '/opt/homebrew/opt/openjdk*/bin', '/usr/local/opt/openjdk*/bin'];
/** What a development server needs of a machine that has other things to do. */
const JAVA_FLAGS = ['-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const LOGBACK = `<configuration>
  <appender name="console" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %level %logger: %msg%n</pattern></encoder>
  </appender>
  <root level="error"><appender-ref ref="console"/></root>
</configuration>
`;
/** A session may be as short as two of these. */
const TICK_MS = 500;

/** @type {import('./catalogue.mjs').ServerKind} */
export const zookeeper = {
  name: 'zookeeper',
  title: TITLE,
  variable: 'ZOOKEEPER_URLS',
  protocols: ['zookeeper://'],
  defaultPort: 2181,
  nodes: 'any',
  systemUser: 'zookeeper',
  packages: { apt: 'zookeeper', brew: 'zookeeper', dnf: 'zookeeper', pacman: 'zookeeper', apk: 'zookeeper' },

  findPrograms() {
    // The scripts of the packages bring the settings of the system's own instance: Java is asked directly.
    const server = findProgram(['java'], JAVA_FOLDERS.flatMap(foldersLike).filter(isExecutable));
    const classes = [ARCHIVE, ...FOLDERS].find((place) => existsSync(place));
    return server && classes ? { server, helper: classes } : null;
  },

  composeEnvironment: (url) => ({ ZOOKEEPER_PORT: url.port || '2181' }),

  probe: (url) => answerOf(TITLE, () => greet(url)),

  async launch({ address, home, account, programs, write }) {
    const config = path.join(home, 'zoo.cfg');
    const logging = path.join(home, 'logback.xml');
    write(config, configuration(address, home), account);
    write(logging, LOGBACK, account);
    const classes = programs.helper === ARCHIVE ? [ARCHIVE, LOGGING] : [path.join(programs.helper, '*')];
    return [
      {
        name: TITLE,
        file: programs.server,
        args: [
          ...JAVA_FLAGS,
          // It warns of every client that goes. Debian logs with slf4j-simple, Homebrew with Logback.
          '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
          `-Dlogback.configurationFile=${logging}`,
          '-cp',
          classes.join(path.delimiter),
          'org.apache.zookeeper.server.ZooKeeperServerMain',
          config,
        ],
        environment: bareEnvironment(home),
        signal: 'SIGTERM',
        graceMs: 10_000,
      },
    ];
  },
};

/** The four letters that every ZooKeeper answers unless it is told not to. @param {URL} url @returns {Promise<import('./answer.mjs').Answer>} */
async function greet(url) {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const wire = await Wire.open({ host, port: Number(url.port || 2181) });
  try {
    wire.send('srvr');
    const beginning = (await wire.take(24)).toString('utf8');
    if (beginning.startsWith('This ZooKeeper instance')) return STARTING;
    if (beginning.startsWith('srvr is not executed')) return UP;
    const version = /^Zookeeper version: (\d+\.\d+)/.exec(beginning)?.[1];
    if (!version) throw new NotThatProtocol('another protocol');
    return isOlder(version, OLDEST)
      ? wrong(`is ZooKeeper ${version}, and Holdfast needs ${OLDEST.join('.')} or newer`)
      : UP;
  } finally {
    wire.close();
  }
}

/** @param {{host: string, port: number}} address @param {string} home */
function configuration({ host, port }, home) {
  return [
    `dataDir=${path.join(home, 'data')}`,
    `clientPort=${port}`,
    `clientPortAddress=${host}`,
    `tickTime=${TICK_MS}`,
    `minSessionTimeout=${2 * TICK_MS}`,
    'maxSessionTimeout=120000',
    'maxClientCnxns=0',
    'autopurge.purgeInterval=1',
    'admin.enableServer=false',
    '',
  ].join('\n');
}
