import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from './processes.mjs';
import { say } from './terminal.mjs';

const POLL_MS = 100;

/**
 * Lets one command of this checkout at a time do `work`. The holder is written into the lock file, so that a lock left
 * behind by `kill -9` is recognised and taken over.
 *
 * @template T
 * @param {string} dir @param {string} name @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function exclusively(dir, name, work) {
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, `${name}.lock`);
  const mine = path.join(dir, `${name}.lock.${process.pid}`);
  writeFileSync(mine, JSON.stringify(identify(process.pid)));
  try {
    for (let told = false; !claim(file, mine); await sleep(POLL_MS)) {
      const holder = readHolder(file);
      if (!holder) continue;
      if (!isAlive(holder.id)) evict(file, holder.text);
      else if (!told) {
        say('Waiting', `for another command (pid ${holder.id.pid}) that works on the same ${name}`);
        told = true;
      }
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
function claim(/** @type {string} */ file, /** @type {string} */ mine) {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file */
function readHolder(file) {
  try {
    const text = readFileSync(file, 'utf8');
    return { text, id: /** @type {import('./processes.mjs').ProcessId} */ (JSON.parse(text)) };
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Two commands may find the same dead holder; the slower of them must not throw out the faster one's fresh lock. What
 * was moved away is therefore read again, and put back if it is not the dead holder's.
 *
 * @param {string} file @param {string} deadText
 */
function evict(file, deadText) {
  const aside = `${file}.dead.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') !== deadText) claim(file, aside);
  rmSync(aside);
}
