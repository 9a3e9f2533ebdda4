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
  const all = [...folders, ...(process.env['PATH'] ?? '').split(path.delimiter), ...FURTHER].filter(Boolean);
  const files = names.flatMap((name) => all.map((folder) => path.join(folder, name)));
  return files.find(isExecutable) ?? null;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Folders that match a pattern with one `*` for the rest of a path step, the highest number first.
 *
 * @param {string} pattern e.g. "/usr/lib/postgresql/&#42;/bin"
 */
export function foldersLike(pattern) {
  const [before = '', after = ''] = pattern.split('*');
  const [parent, start] = [path.dirname(`${before}x`), path.basename(`${before}x`).slice(0, -1)];
  try {
    const names = readdirSync(parent).filter((name) => name.startsWith(start));
    names.sort((left, right) => right.localeCompare(left, 'en', { numeric: true }));
    return names.map((name) => path.join(parent, name, after));
  } catch {
    return []; // Not installed in that way.
  }
}

/** A locale that sorts the same everywhere it exists; macOS has none of that name. */
export const LOCALE = process.platform === 'linux' ? 'C.UTF-8' : 'en_US.UTF-8';

/**
 * What a server inherits: enough to run, and nothing by which the caller's own set-up (PGPORT, RABBITMQ_…, ERL_…)
 * would reach into it.
 *
 * @param {string} home @returns {Record<string, string>}
 */
export function bareEnvironment(home) {
  return { PATH: [process.env['PATH'], ...FURTHER].join(path.delimiter), HOME: home, LANG: LOCALE, TZ: 'UTC' };
}
