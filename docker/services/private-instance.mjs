import { spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { homeOf, prepareHome } from './account.mjs';
import { bareEnvironment } from './programs.mjs';
import { identify, stopProcess } from './processes.mjs';
import { addressOf, listenHost, localUrl, nameOf, portOf } from './targets.mjs';
import { Advice } from './terminal.mjs';

/**
 * Starts a server that is installed here as an instance of this checkout's own: its own port, folder, user and password.
 * Returns before it answers.
 *
 * @param {import('./instances.mjs').Instances} instances
 * @param {import('./targets.mjs').Target} target
 * @param {{programs: import('../servers/catalogue.mjs').Programs, keep: boolean}} options
 */
export async function launchPrivate(instances, target, { programs, keep }) {
  const { kind, id } = target;
  const url = /** @type {URL} */ (localUrl(target));
  const folder = instances.folder(id);
  mkdirSync(folder, { recursive: true });
  const { home, account } = prepareHome(folder, kind.systemUser);
  const log = freshLog(folder);
  const run = (/** @type {string} */ file, /** @type {string[]} */ args) => runAs(file, args, { account, home, log });
  const address = { host: listenHost(url), port: portOf(target, url) };
  const commands = await kind.launch({ url, address, home, account, programs, run, write: writePrivately });

  /** @type {import('./instances.mjs').Instance} */
  const instance = {
    ...nameOf(target),
    by: 'program',
    address: addressOf(target, url),
    since: new Date().toISOString(),
    keep,
    stopped: false,
    home,
    processes: [],
  };
  for (const { name, file, args, environment, signal, graceMs } of commands) {
    const { pid } = await startDetached(file, args, { account, cwd: home, environment, log });
    instance.processes.push({ name, ...identify(pid), signal, graceMs });
    instances.write(instance); // After each: a `kill -9` of this command leaves nothing that nobody knows of.
  }
}

/**
 * Ends what is left of an instance, the server before its companions.
 *
 * @param {import('./instances.mjs').Instance} instance @returns {Promise<boolean>} whether all went without being killed
 */
export async function endPrivate(instance) {
  let gracefully = true;
  for (const own of instance.processes.toReversed()) gracefully = (await stopProcess(own, own)) && gracefully;
  return gracefully;
}

/** @param {import('./instances.mjs').Instances} instances @param {string} id */
export function deletePrivate(instances, id) {
  const folder = instances.folder(id);
  rmSync(homeOf(folder), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}

/**
 * The last lines that the server wrote: those of its own log file first, then what reached its output.
 *
 * @param {string} folder of an instance @param {number} [count] @returns {string}
 */
export function lastWords(folder, count = 12) {
  const own = path.join(homeOf(folder), 'log');
  const files = existsSync(own) ? readdirSync(own).map((name) => path.join(own, name)) : [];
  const [newest] = files.toSorted((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
  const lines = [newest, path.join(folder, 'server.log')].flatMap((file) =>
    file && existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count) : [],
  );
  return lines.filter((line) => line !== '').join('\n');
}

/** @param {string} folder @returns {string} an empty log; the one before it is kept, for it may tell of a crash */
function freshLog(folder) {
  const log = path.join(folder, 'server.log');
  if (existsSync(log)) renameSync(log, `${log}.previous`);
  writeFileSync(log, '');
  return log;
}

/** @type {import('../servers/catalogue.mjs').LaunchPlan['write']} */
function writePrivately(file, text, account) {
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600 });
  if (account) chownSync(file, account.uid, account.gid);
}

/**
 * @param {string} file @param {string[]} args
 * @param {{account: import('./account.mjs').Account, cwd: string, environment: Record<string, string>, log: string}} how
 * @returns {Promise<{pid: number}>} leader of a process group that Ctrl-C in this terminal does not reach
 */
async function startDetached(file, args, { account, cwd, environment, log }) {
  const output = openSync(log, 'a');
  try {
    const child = spawn(file, args, {
      cwd,
      env: environment,
      detached: true,
      stdio: ['ignore', output, output],
      ...account,
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    return { pid: /** @type {number} */ (child.pid) };
  } finally {
    closeSync(output);
  }
}

/**
 * @param {string} file @param {string[]} args
 * @param {{account: import('./account.mjs').Account, home: string, log: string}} how
 */
async function runAs(file, args, { account, home, log }) {
  const output = openSync(log, 'a');
  const child = spawn(file, args, {
    cwd: home,
    env: bareEnvironment(home),
    stdio: ['ignore', output, output],
    ...account,
  });
  const code = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  closeSync(output);
  if (code !== 0) throw new Advice(`${path.basename(file)} failed:\n${lastWords(path.dirname(log))}`);
}
