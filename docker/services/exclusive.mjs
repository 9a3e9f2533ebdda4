import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from './processes.mjs';
import { say } from './terminal.mjs';

const POLL_MS = 100;

/**
 * Lets one command of this checkout at a time do `work`. The lock is a symbolic link to its holder's identity: it appears
 * with its content or not at all, and a lock left behind by `kill -9` is recognised and taken over. Without a package, for
 * it guards their installation as well.
 *
 * @template T
 * @param {string} dir @param {string} name @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function exclusively(dir, name, work) {
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, `${name}.lock`);
  const mine = JSON.stringify(identify(process.pid));
  for (let waits = false; !take(file, mine); await sleep(POLL_MS)) {
    const text = unless('ENOENT', () => readlinkSync(file));
    if (!text) continue;
    const holder = JSON.parse(text);
    if (!isAlive(holder)) evict(file, text);
    else if (!waits) say('Waiting', `for another command (pid ${holder.pid}) that works on the same ${name}`);
    waits ||= isAlive(holder);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

const take = (file, holder) => unless('EEXIST', () => symlinkSync(holder, file)) !== null;

/**
 * Two commands may find the same dead holder, and the slower one must not remove the faster one's fresh lock. What was
 * moved away is therefore read again, and put back if it is another's.
 */
function evict(file, dead) {
  const movedTo = `${file}.dead.${process.pid}`;
  unless('ENOENT', () => renameSync(file, movedTo));
  const moved = unless('ENOENT', () => readlinkSync(movedTo));
  if (moved && moved !== dead) take(file, moved);
  rmSync(movedTo, { force: true });
}

/** @template T @param {string} code @param {() => T} step @returns {T | null} null where it fails with this code */
function unless(code, step) {
  try {
    return step();
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === code) return null;
    throw error;
  }
}
