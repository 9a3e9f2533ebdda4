import net from 'node:net';
import { CATALOGUE } from '../servers/catalogue.mjs';
import { hostOf, portOf, probe } from '../servers/probe.mjs';

/**
 * One server that has to answer: its kind and the URLs at which it may (several only for the nodes of one cluster).
 *
 * @typedef {object} Target
 * @property {string} id "redis", "redis-2" …: the folder of its private instance
 * @property {import('../servers/catalogue.mjs').ServerKind} kind
 * @property {string} title as people see it, e.g. "Redis 2"
 * @property {number} position counted from 1 among the servers of its kind
 * @property {readonly [URL, ...URL[]]} urls
 * @property {boolean} isLocal whether one of them is on this machine, where a server can be started
 * @property {URL} home where a server of our own would listen: the first URL on this machine
 */

/** @param {import('./settings.mjs').Settings} settings @param {readonly string[]} names of kinds @returns {Target[]} */
export function targetsFor(settings, names) {
  return CATALOGUE.filter(({ name }) => names.includes(name)).flatMap((kind) => {
    const all = settings.urls(kind.variable, kind.protocols);
    const groups = /** @type {[URL, ...URL[]][]} */ (kind.nodes === 'any' ? [all] : all.map((url) => [url]));
    return groups.map((urls, index) => {
      const local = urls.find(({ hostname }) => isLoopback(hostname));
      return {
        id: index === 0 ? kind.name : `${kind.name}-${index + 1}`,
        title: index === 0 ? kind.title : `${kind.title} ${index + 1}`,
        position: index + 1,
        kind,
        urls,
        isLocal: local !== undefined,
        home: local ?? urls[0],
      };
    });
  });
}

/** What a record keeps of it. @param {Target} target */
export const nameOf = (target) => ({
  id: target.id,
  title: target.title,
  kind: target.kind.name,
  address: addressOf(target, target.home),
});

/** @param {Target} target @param {URL} url @returns {string} where it is expected, without user and password */
export const addressOf = ({ kind }, url) => `${url.hostname}:${portOf(kind, url)}`;

/** The interface to listen on: never more than loopback. @param {URL} url */
export const listenHost = (url) => (net.isIP(hostOf(url)) ? hostOf(url) : '127.0.0.1');

const isLoopback = (hostname) => hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);

/**
 * Asks at each of its URLs until one is usable.
 *
 * @param {Target} target
 * @returns {Promise<{answer: import('../servers/probe.mjs').Answer, url: URL}>} the best answer and where it came from
 */
export async function probeTarget(target) {
  const [url, ...others] = target.urls;
  const best = { answer: await probe(target.kind, url), url };
  for (const other of others) {
    if (best.answer.is === 'up') break;
    const answer = await probe(target.kind, other);
    if (answer.is === 'up' || best.answer.is === 'unreachable') Object.assign(best, { answer, url: other });
  }
  return best;
}
