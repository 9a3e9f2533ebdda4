import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Advice } from './terminal.mjs';

/**
 * Who runs a server: null is the person who runs the command. A server never runs as root (PostgreSQL refuses to, and
 * the others should not either), so root hands it to the system user that the server's package made.
 *
 * @typedef {{uid: number, gid: number} | null} Account
 */

/** Survives a restart of the machine, unlike the temporary folder, and every user may pass through it. */
const OUTSIDE = '/var/tmp';

/** @returns {number} NaN where there is no such user */
const idOf = (flag, name) => Number.parseInt(String(spawnSync('id', [flag, name]).stdout), 10);

/** @param {string} home an existing folder keeps its owner */
function accountFor(systemUser, home) {
  if (process.getuid?.() !== 0) return null;
  const owner = existsSync(home) ? lstatSync(home) : null;
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of [systemUser, 'nobody']) {
    const [uid, gid] = [idOf('-u', name), idOf('-g', name)];
    if (uid && gid) return { uid, gid };
  }
  throw new Advice(
    `Servers do not run as root, and there is no user "${systemUser}" or "nobody" here. Run this as yourself.`,
  );
}

/**
 * The folder that belongs to the server: inside the checkout, or, where root's checkout cannot be entered by the server's
 * user, in /var/tmp under a name made from the checkout's path. Logs are in its folder `log`.
 *
 * @param {string} folder @param {string} systemUser @returns {{home: string, account: Account}}
 */
export function prepareHome(folder, systemUser) {
  const home = homeOf(folder);
  const account = accountFor(systemUser, home);
  mkdirSync(path.join(home, 'log'), { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(home);
  const owner = account?.uid ?? process.getuid?.() ?? uid;
  if (uid !== owner && uid !== 0) {
    throw new Advice(`${home} belongs to another user (uid ${uid}). Run this as that user, or remove the folder.`);
  }
  if (account) for (const each of [home, path.join(home, 'log')]) chownSync(each, account.uid, account.gid);
  return { home, account };
}

/** @param {string} folder */
export function homeOf(folder) {
  if (process.getuid?.() !== 0 || isOpenToAll(folder)) return path.join(folder, 'home');
  const mark = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return path.join(OUTSIDE, `holdfast-${mark}`);
}

/** @returns {boolean} whether any user may walk to it; folders not made yet will be open */
function isOpenToAll(folder) {
  if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false;
  return folder === path.dirname(folder) || isOpenToAll(path.dirname(folder));
}
