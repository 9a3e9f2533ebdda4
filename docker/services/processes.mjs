import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

/**
 * A process that outlives the command which started it. A pid alone may by now belong to another process, so the time of
 * its start is kept with it.
 *
 * @typedef {{pid: number, startTime: string}} ProcessId
 */

/** @returns {string | null} the same text for the same process, null once it is gone (a zombie is gone) */
function startTimeOf(pid) {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
    const [, state = 'Z', started = ''] = /^\s*(\S+)\s+(.*?)\s*$/.exec(stdout ?? '') ?? [];
    return state.startsWith('Z') ? null : started;
  }
  try {
    // The name in parentheses may hold spaces: the fields are counted behind it.
    const [, fields = ''] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return /^[ZX]/.test(fields) ? null : `${boot}/${fields.split(' ')[19]}`;
  } catch {
    return null; // The folder vanishes with the process.
  }
}

/** @param {number} pid @returns {ProcessId} */
export const identify = (pid) => ({ pid, startTime: startTimeOf(pid) ?? 'gone' });

/** @param {ProcessId} id */
export const isAlive = (id) => startTimeOf(id.pid) === id.startTime;

/**
 * Asks with a signal, then ends the whole process group. Never touches a process that merely reuses the pid.
 *
 * @param {ProcessId} id @param {{signal: NodeJS.Signals, graceMs: number}} how
 * @returns {Promise<boolean>} whether it went by itself
 */
export async function stopProcess(id, { signal, graceMs }) {
  if (!isAlive(id)) return true;
  deliver(id.pid, signal);
  if (await goneWithin(id, graceMs)) return true;
  deliver(-id.pid, 'SIGKILL');
  deliver(id.pid, 'SIGKILL');
  await goneWithin(id, 5_000);
  return false;
}

/** @param {ProcessId} id @param {number} limitMs */
export async function goneWithin(id, limitMs) {
  for (const end = Date.now() + limitMs; isAlive(id); await sleep(POLL_MS)) if (Date.now() > end) return false;
  return true;
}

/** @param {number} pid a negative one means the group @param {NodeJS.Signals} signal */
export function deliver(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}
