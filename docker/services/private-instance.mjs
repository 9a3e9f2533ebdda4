import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loginOf, portOf } from '../servers/probe.mjs';
import { homeOf, prepareHome } from './account.mjs';
import { execute } from './execute.mjs';
import { newInstance } from './instances.mjs';
import { bareEnvironment } from './programs.mjs';
import { identify, stopProcess } from './processes.mjs';
import { serverLog, startLogWriter } from './server-log.mjs';
import { listenHost, nameOf } from './targets.mjs';
import { Advice } from './terminal.mjs';

/**
 * Starts a server that is installed here as an instance of this checkout's own: its own port, folder, user and password.
 * Returns before it answers.
 *
 * @param {import('./instances.mjs').Instances} instances
 * @param {import('./targets.mjs').Target} target
 * @param {{programs: import('../servers/catalogue.mjs').Programs, keep: boolean, earlier: import('./instances.mjs').Instance | null}}
 *   options `earlier`: the record of what ran there before, and has ended
 */
export async function launchPrivate(instances, target, { programs, keep, earlier }) {
  const { kind, id, home: url } = target;
  const folder = instances.folder(id);
  mkdirSync(folder, { recursive: true });
  const { home, account } = prepareHome(folder, kind.systemUser);
  const plan = {
    login: loginOf(kind, url),
    host: listenHost(url),
    port: portOf(kind, url),
    home,
    programs,
    endedPids: earlier?.processes.map(({ pid }) => pid) ?? [],
    run: (/** @type {string} */ file, /** @type {string[]} */ args) => runAs(account, home, file, args),
    write: (/** @type {string} */ name, /** @type {string} */ text) => write(account, path.join(home, name), text),
  };
  const commands = await kind.launch(plan);
  const instance = newInstance({ ...nameOf(target), by: 'program', home }, keep, earlier);
  const log = startLogWriter(serverLog(home), account);
  // It ends with its input. A signal without effect, because the last lines may still be on their way.
  await record(log, { signal: 'SIGCONT', graceMs: 2_000 });
  for (const { file, args, environment, signal = 'SIGTERM', graceMs = 10_000 } of commands) {
    const how = { cwd: home, env: { ...bareEnvironment(home), ...environment }, detached: true, ...account };
    const child = spawn(file, args, { ...how, stdio: ['ignore', log.stdin, log.stdin] });
    await record(child, { signal, graceMs });
  }
  log.stdin.destroy();

  async function record(child, how) {
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    instance.processes.push({ ...identify(Number(child.pid)), ...how });
    instances.write(instance); // After each: a `kill -9` of this command leaves no process without a record.
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
  for (const each of [homeOf(folder), folder]) rmSync(each, { recursive: true, force: true });
}

/** @returns {string} the file */
function write(account, file, text) {
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600 });
  if (account) chownSync(file, account.uid, account.gid);
  return file;
}

async function runAs(account, home, file, args) {
  const { code, tail } = await execute(file, args, { cwd: home, env: bareEnvironment(home), account });
  if (code !== 0) throw new Advice(`${path.basename(file)} failed (${code}):\n${tail}`);
}
