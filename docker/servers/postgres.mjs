import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { commandLineOf } from '../services/processes.mjs';
import { LOCALE, bareEnvironment, findProgram, foldersLike } from '../services/programs.mjs';
import { Advice } from '../services/terminal.mjs';
import { STARTING, UP, answerOf, isOlder, wrong } from './answer.mjs';
import { PostgresError } from './postgres-login.mjs';
import { PostgresConversation, databaseOf, userOf } from './postgres-wire.mjs';

const TITLE = 'PostgreSQL';
/** @type {readonly [number, number]} */ const OLDEST = [15, 0];
const FOLDERS = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
];
/** Of the SQLSTATEs that a login can meet. */
const SQLSTATE = { noSuchDatabase: '3D000', startingUp: '57P03', tooManyConnections: '53300' };
/** Twenty processes of ten connections, the tests', and some for a person with psql. */
const CONNECTIONS_MAX = 300;

/** @type {import('./catalogue.mjs').ServerKind} */
export const postgres = {
  name: 'postgres',
  title: TITLE,
  variable: 'DATABASE_URL',
  protocols: ['postgres:', 'postgresql:'],
  defaultPort: 5432,
  nodes: 'each',
  systemUser: 'postgres',
  packages: {
    apt: 'postgresql',
    brew: 'postgresql@17',
    dnf: 'postgresql-server',
    pacman: 'postgresql',
    apk: 'postgresql',
  },

  findPrograms() {
    const folders = FOLDERS.flatMap(foldersLike).filter((folder) => (majorOf(folder) ?? OLDEST[0]) >= OLDEST[0]);
    const initdb = findProgram(['initdb'], folders);
    const server = initdb && findProgram(['postgres'], [path.dirname(initdb)]);
    return initdb && server ? { server, helper: initdb } : null;
  },

  composeEnvironment: (url) => ({
    POSTGRES_PORT: url.port || '5432',
    POSTGRES_USER: userOf(url),
    POSTGRES_PASSWORD: decodeURIComponent(url.password),
    POSTGRES_DB: databaseOf(url),
  }),

  probe: (url) =>
    answerOf(TITLE, async () => {
      try {
        const conversation = await PostgresConversation.open(url);
        conversation.close();
        if (!isOlder(conversation.version, OLDEST)) return UP;
        return wrong(`is PostgreSQL ${conversation.version}, and Holdfast needs ${OLDEST[0]} or newer`);
      } catch (error) {
        if (!(error instanceof PostgresError)) throw error;
        return complaint(error, url);
      }
    }),

  async prepare(url) {
    const conversation = await PostgresConversation.open(url, 'postgres');
    try {
      await conversation.run(`CREATE DATABASE "${databaseOf(url).replaceAll('"', '""')}"`);
    } finally {
      conversation.close();
    }
  },

  async launch(plan) {
    const { address, home, programs } = plan;
    const data = path.join(home, 'data');
    if (existsSync(data)) refuseOtherMajor(data, programs.server);
    else await initialise(plan, data);
    dropStalePidFile(data);
    const options = {
      listen_addresses: address.host,
      port: address.port,
      unix_socket_directories: '',
      max_connections: CONNECTIONS_MAX,
      shared_buffers: '256MB',
      max_wal_size: '2GB',
      log_line_prefix: '%m [%p] %d ',
      log_timezone: 'UTC',
      // Without the line DETAIL, which quotes the values of a row: addresses and names of persons.
      log_error_verbosity: 'terse',
      // Six files of ten minutes each, written over after an hour. Without the text of every statement that failed, which
      // would be most of it: the shop's own log names the cause.
      logging_collector: 'on',
      log_directory: path.join(home, 'log'),
      log_filename: 'minute-%M.log',
      log_rotation_age: '10min',
      log_rotation_size: 0,
      log_truncate_on_rotation: 'on',
      log_min_error_statement: 'panic',
    };
    const args = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return [
      {
        name: TITLE,
        file: programs.server,
        args: ['-D', data, ...args],
        environment: bareEnvironment(home),
        // "Fast": rolls open transactions back and checkpoints, without waiting for clients to leave.
        signal: 'SIGINT',
        graceMs: 20_000,
      },
    ];
  },
};

/** @param {PostgresError} error @param {URL} url @returns {import('./answer.mjs').Answer} */
function complaint(error, url) {
  if (error.code === SQLSTATE.startingUp) return STARTING;
  if (error.code === SQLSTATE.tooManyConnections) return UP;
  if (error.code === SQLSTATE.noSuchDatabase) {
    return { is: 'wrong', why: `has no database "${databaseOf(url)}"`, missing: 'database' };
  }
  return wrong(`refuses the login: ${error.message}`);
}

/**
 * Made under another name and renamed when complete: half a data folder after `kill -9` is thrown away, not started.
 *
 * @param {import('./catalogue.mjs').LaunchPlan} plan @param {string} data
 */
async function initialise({ url, home, account, programs, run, write }, data) {
  const draft = path.join(home, 'data.new');
  const secret = path.join(home, 'password');
  const password = decodeURIComponent(url.password);
  const user = userOf(url);
  const login = password ? ['--auth=scram-sha-256', `--pwfile=${secret}`] : ['--auth=trust'];
  rmSync(draft, { recursive: true, force: true });
  write(secret, `${password}\n`, account);
  try {
    await run(programs.helper, ['-D', draft, '-U', user, '--encoding=UTF8', `--locale=${LOCALE}`, ...login]);
  } finally {
    rmSync(secret);
  }
  renameSync(draft, data);
}

/** PostgreSQL does not start beside a stale pid file whose number now belongs to another process. @param {string} data */
function dropStalePidFile(data) {
  const file = path.join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  if (commandLineOf(pid).includes(data)) {
    throw new Advice(
      `A PostgreSQL that is not in our records (pid ${pid}) uses ${data}. End it with: kill -INT ${pid}`,
    );
  }
  rmSync(file);
}

/** @param {string} data @param {string} server the program */
function refuseOtherMajor(data, server) {
  const made = readFileSync(path.join(data, 'PG_VERSION'), 'utf8').trim();
  const found = majorOf(path.dirname(server));
  if (found === null || String(found) === made) return;
  throw new Advice(
    `The data in ${data} was made by PostgreSQL ${made}, and the programs here are of ${found}. ` +
      `Install PostgreSQL ${made} again, or drop the data with: npm run services -- reset postgres`,
  );
}

/** @param {string} folder of programs @returns {number | null} e.g. 15 for /usr/lib/postgresql/15/bin; null where it does not say */
function majorOf(folder) {
  const major = /(\d+)\/bin\/?$/.exec(folder)?.[1];
  return major === undefined ? null : Number(major);
}
