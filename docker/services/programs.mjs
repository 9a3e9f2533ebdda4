import { accessSync, constants, readdirSync } from 'node:fs';
import path from 'node:path';

/** Where servers are installed beside PATH: Debian keeps them out of ordinary users' way, Homebrew in folders of its own. */
const FURTHER = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/opt/homebrew/sbin'];

/**
 * @param {readonly string[]} names in order of preference
 * @param {readonly string[]} [folders] looked at first
 * @returns {string | null} absolute path of the first one that can be executed
 */
export function findProgram(names, folders = []) {
  const all = [...folders, ...(process.env.PATH ?? '').split(path.delimiter), ...FURTHER];
  for (const name of names) {
    for (const folder of all) {
      const file = path.join(folder, name);
      if (folder && isExecutable(file)) return file;
    }
  }
  return null;
}

/**
 * Folders that match a pattern with one `*` for a whole path step, the highest number first.
 *
 * @param {string} pattern e.g. "/usr/lib/postgresql/&#42;/bin"
 */
export function foldersLike(pattern) {
  const [before = '', after = ''] = pattern.split('*');
  const parent = path.dirname(`${before}x`);
  const start = path.basename(`${before}x`).slice(0, -1);
  /** @type {string[]} */ let names = [];
  try {
    names = readdirSync(parent).filter((name) => name.startsWith(start));
  } catch {
    return []; // Not installed in that way.
  }
  names.sort((left, right) => right.localeCompare(left, 'en', { numeric: true }));
  return names.map((name) => path.join(parent, name, after));
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A locale that sorts the same everywhere it exists; macOS has none of that name. */
export const LOCALE = process.platform === 'linux' ? 'C.UTF-8' : 'en_US.UTF-8';

/**
 * What a server inherits: enough to run, and nothing by which the caller's own set-up (PGPORT, RABBITMQ_…, ERL_…)
 * would reach into it.
 *
 * @param {string} home @param {Record<string, string>} [more] @returns {Record<string, string>}
 */
export function bareEnvironment(home, more = {}) {
  return { PATH: [process.env.PATH, ...FURTHER].join(path.delimiter), HOME: home, LANG: LOCALE, TZ: 'UTC', ...more };
}
