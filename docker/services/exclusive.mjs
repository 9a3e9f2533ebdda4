import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from './processes.mjs';
import { say } from './terminal.mjs';

const POLL_MS = 100;

/**
 * Lets one command of this checkout at a time do `work`. The holder is written into the lock file, so that a lock left
 * behind by `kill -9` is recognised and taken over. Without a package, for it guards their installation as well.
 *
 * @template T
 * @param {string} dir @param {string} name @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function exclusively(dir, name, work) {
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, `${name}.lock`);
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(identify(process.pid)));
  try {
    for (let told = false; !take(file, mine); await sleep(POLL_MS)) {
      const text = ifThere(() => readFileSync(file, 'utf8'));
      if (text === null) continue;
      const holder = JSON.parse(text);
      if (!isAlive(holder)) evict(file, text);
      else if (!told) say('Waiting', `for another command (pid ${holder.pid}) that works on the same ${name}`);
      told ||= isAlive(holder);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A link appears with its content or not at all, unlike a file that is created and then written. */
function take(file, mine) {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Two commands may find the same dead holder, and the slower one must not remove the faster one's fresh lock. What was
 * moved away is therefore read again, and put back if it is another's.
 */
function evict(file, deadText) {
  const aside = `${file}.dead.${process.pid}`;
  ifThere(() => renameSync(file, aside));
  if (!existsSync(aside)) return;
  if (readFileSync(aside, 'utf8') !== deadText) take(file, aside);
  rmSync(aside);
}

/** @template T @param {() => T} step @returns {T | null} null where the file is gone meanwhile */
export function ifThere(step) {
  try {
    return step();
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    throw error;
  }
}
