import { Mute, NobodyThere, NotThatProtocol } from './wire.mjs';

/**
 * What a server said when greeted in its own protocol with the configured credentials.
 *
 * - `up`: usable as it is.
 * - `starting`: the right server, not ready yet.
 * - `silent`: nobody listens there; `why` is the system's reason.
 * - `wrong`: somebody else, or not with these credentials; `why` completes the sentence "127.0.0.1:15432 …". `missing` is what
 *   could be added to it; a `mute` one may be the right server, but frozen.
 *
 * @typedef {{is: 'up'} | {is: 'starting'} | {is: 'silent', why: string}
 *   | {is: 'wrong', why: string, missing?: 'database', mute?: boolean}} Answer
 */

/** @type {Answer} */
export const UP = { is: 'up' };

/** @type {Answer} */
export const STARTING = { is: 'starting' };

/** @param {string} why @returns {Answer} */
export const wrong = (why) => ({ is: 'wrong', why });

/**
 * Runs a greeting and turns a broken conversation into an answer.
 *
 * @param {string} title the server's name for people
 * @param {() => Promise<Answer>} greet
 * @returns {Promise<Answer>}
 */
export async function answerOf(title, greet) {
  try {
    return await greet();
  } catch (error) {
    if (error instanceof NobodyThere) return { is: 'silent', why: error.message };
    if (error instanceof NotThatProtocol) {
      return { is: 'wrong', why: `answers, but not as ${title} (${error.message})`, mute: error instanceof Mute };
    }
    throw error;
  }
}

/**
 * @param {string} version as the server writes it, e.g. "15.18 (Debian 15.18-0)"
 * @param {readonly [number, number]} least
 */
export function isOlder(version, least) {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return major < least[0] || (major === least[0] && minor < least[1]);
}
