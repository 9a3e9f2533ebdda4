import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { LOCALE, findProgram, foldersLike } from '../services/programs.mjs';
import { STARTING, up, wrong } from './probe.mjs';

const OLDEST_MAJOR = 15;
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
  title: 'PostgreSQL',
  variable: 'DATABASE_URL',
  protocols: ['postgres:', 'postgresql:'],
  defaultPort: 5432,
  defaults: { user: userInfo().username, password: '', name: '' },
  oldest: [OLDEST_MAJOR, 0],
  nodes: 'each',
  systemUser: 'postgres',
  packages: { apt: 'postgresql', brew: 'postgresql@17' },

  otherVersion: /database files are incompatible with server/,

  findPrograms() {
    const folders = FOLDERS.flatMap(foldersLike).filter((folder) => (majorOf(folder) ?? OLDEST_MAJOR) >= OLDEST_MAJOR);
    const initdb = findProgram(['initdb'], folders);
    const server = initdb && findProgram(['postgres'], [path.dirname(initdb)]);
    return initdb && server ? { server, helper: initdb } : null;
  },

  async greet(url, { name }, timeoutMs) {
    try {
      const { rows } = await query(url, 'SHOW server_version', timeoutMs);
      return up(rows[0].server_version);
    } catch (error) {
      return refusal(/** @type {NodeJS.ErrnoException} */ (error), name);
    }
  },

  async prepare(url, { name }) {
    const maintenance = new URL(url);
    maintenance.pathname = '/postgres';
    await query(maintenance, `CREATE DATABASE "${name.replaceAll('"', '""')}"`);
  },

  async launch(plan) {
    const data = path.join(plan.home, 'data');
    if (!existsSync(data)) await initialise(plan, data);
    dropStalePidFile(data, plan.endedPids);
    const options = Object.entries(settings(plan)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    // SIGINT means "fast": rolls open transactions back and checkpoints, without waiting for clients to leave.
    return [{ file: plan.programs.server, args: ['-D', data, ...options], signal: 'SIGINT', graceMs: 20_000 }];
  },
};

function settings({ host, port, home }) {
  return {
    listen_addresses: host,
    port,
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
}

async function query(url, sql, timeoutMs = 0) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: url.href,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'holdfast-services',
  });
  // The call that meets a broken connection reports it.
  client.on('error', () => {});
  try {
    await client.connect();
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** @param {Pick<NodeJS.ErrnoException, 'code' | 'message'>} error @param {string} name @returns {import('./probe.mjs').Answer} */
function refusal(error, name) {
  if (error.code === SQLSTATE.startingUp) return STARTING;
  if (error.code === SQLSTATE.tooManyConnections) return up();
  if (error.code === SQLSTATE.noSuchDatabase) {
    return { is: 'wrong', why: `has no database "${name}"`, lacks: true };
  }
  if (error.code?.startsWith('28')) return wrong(`refuses the login: ${error.message}`);
  throw error;
}

/**
 * Made under another name and renamed when complete: half a data folder after `kill -9` is thrown away, not started.
 */
async function initialise({ login: { user, password }, home, programs, run, write }, data) {
  const draft = path.join(home, 'data.new');
  rmSync(draft, { recursive: true, force: true });
  const secret = write('password', `${password}\n`);
  const login = password ? ['--auth=scram-sha-256', `--pwfile=${secret}`] : ['--auth=trust'];
  try {
    await run(programs.helper, ['-D', draft, '-U', user, '--encoding=UTF8', `--locale=${LOCALE}`, ...login]);
  } finally {
    rmSync(secret);
  }
  renameSync(draft, data);
}

/** PostgreSQL does not start beside the pid file of a killed one whose number now belongs to another process. */
function dropStalePidFile(data, endedPids) {
  const file = path.join(data, 'postmaster.pid');
  if (existsSync(file) && endedPids.includes(Number.parseInt(readFileSync(file, 'utf8'), 10))) rmSync(file);
}

/** @param {string} folder of programs @returns {number | null} e.g. 15 for /usr/lib/postgresql/15/bin; null where it does not say */
function majorOf(folder) {
  const major = /(\d+)\/bin\/?$/.exec(folder)?.[1];
  return major === undefined ? null : Number(major);
}
