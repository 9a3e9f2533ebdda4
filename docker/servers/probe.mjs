import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 5_000;
/** Later, so that the answer is the same whichever client waits. */
const CLIENT_TIMEOUT_MS = 6_000;

/**
 * What a server said to its own client, with the configured user, password and database.
 *
 * - `up`: usable as it is. The version is empty where the server does not tell it.
 * - `starting`: the right server, not ready yet.
 * - `unreachable`: nobody listens there; `why` is the system's reason.
 * - `wrong`: another server, or not with these credentials; `why` completes the sentence "127.0.0.1:15432 …".
 *   `lacks` the database that `prepare` can add; `noAnswer` within 5 s may be the right server, but frozen.
 *
 * @typedef {{is: 'up', version: string} | {is: 'starting'} | {is: 'unreachable', why: string}
 *   | {is: 'wrong', why: string, lacks?: boolean, noAnswer?: boolean}} Answer
 */

/** @param {string} [version] @returns {Answer} */
export const up = (version = '') => ({ is: 'up', version });

/** @type {Answer} */
export const STARTING = { is: 'starting' };

/** @param {string} why @returns {Answer} */
export const wrong = (why) => ({ is: 'wrong', why });

/** Thrown by `greet`: what answers does not speak the protocol. */
export class ProtocolMismatch extends Error {}

class NoAnswer extends Error {}

/** @param {URL} url @returns {string} without the brackets of IPv6 */
export const hostOf = (url) => url.hostname.replace(/^\[|\]$/g, '');

/** @param {import('./catalogue.mjs').ServerKind} kind @param {URL} url */
export const portOf = (kind, url) => Number(url.port || kind.defaultPort);

/** Who logs in, and to which database or virtual host. @typedef {{user: string, password: string, name: string}} Login */

/** What the URL says, and what every client adds where it says nothing. @param {import('./catalogue.mjs').ServerKind} kind @param {URL} url @returns {Login} */
export function loginOf({ defaults }, url) {
  const [user, password, name] = [url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent);
  return {
    user: user || defaults.user,
    password: password || defaults.password,
    name: name || defaults.name || user || defaults.user,
  };
}

/**
 * Connects with the real client. Any error that the client throws means: not this kind of server.
 *
 * @param {import('./catalogue.mjs').ServerKind} kind @param {URL} url
 * @returns {Promise<Answer>} within 7 s
 */
export async function probe(kind, url) {
  const why = await whyUnreachable(hostOf(url), portOf(kind, url));
  if (why) return { is: 'unreachable', why };
  try {
    const answer = await Promise.race([kind.greet(url, loginOf(kind, url), CLIENT_TIMEOUT_MS), noAnswer()]);
    const oldest = kind.oldest.join('.');
    if (answer.is !== 'up' || answer.version === '' || !isOlder(answer.version, kind.oldest)) return answer;
    return wrong(`is ${kind.title} ${answer.version}, and Holdfast needs ${oldest} or newer`);
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'ECONNREFUSED') return { is: 'unreachable', why: code };
    const answered = `answers, but not as ${kind.title} (${message || code})`;
    return { is: 'wrong', why: answered, noAnswer: error instanceof NoAnswer };
  }
}

/** @returns {Promise<never>} */
async function noAnswer() {
  await sleep(ANSWER_TIMEOUT_MS, undefined, { ref: false });
  throw new NoAnswer('no answer in time');
}

/** @returns {Promise<string | null>} the system's reason, e.g. ECONNREFUSED or ENOTFOUND */
function whyUnreachable(host, port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const settle = (/** @type {string | null} */ why) => {
      socket.destroy();
      resolve(why);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => settle('no connection within 2 s'));
    socket.once('connect', () => settle(null));
    socket.once('error', (error) => settle(/** @type {NodeJS.ErrnoException} */ (error).code ?? error.message));
  });
}

/** @param {string} version e.g. "15.18 (Debian 15.18-0)" @param {readonly [number, number]} oldest */
function isOlder(version, [oldestMajor, oldestMinor]) {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
