import net from 'node:net';
import { CATALOGUE } from '../servers/catalogue.mjs';
import { Advice } from './terminal.mjs';

/**
 * One server that has to answer: its kind and the URLs at which it may (several only for the nodes of one cluster).
 *
 * @typedef {object} Target
 * @property {string} id "redis", "redis-2" …: the folder of its private instance
 * @property {import('../servers/catalogue.mjs').ServerKind} kind
 * @property {string} title as people see it, e.g. "Redis 2"
 * @property {number} position counted from 1 among the servers of its kind
 * @property {readonly URL[]} urls
 */

/**
 * @param {import('./settings.mjs').Settings} settings
 * @param {readonly string[]} names of kinds @returns {Target[]}
 */
export function targetsFor(settings, names) {
  return names.flatMap((name) => {
    const kind = CATALOGUE.find((candidate) => candidate.name === name);
    if (!kind)
      throw new Advice(`There is no server "${name}". Known: ${CATALOGUE.map((each) => each.name).join(', ')}.`);
    const urls = settings.urls(kind.variable, kind.protocols);
    const groups = kind.nodes === 'any' ? [urls] : urls.map((url) => [url]);
    return groups.map((group, index) => ({
      id: index === 0 ? kind.name : `${kind.name}-${index + 1}`,
      title: index === 0 ? kind.title : `${kind.title} ${index + 1}`,
      position: index + 1,
      kind,
      urls: group,
    }));
  });
}

/** What a record keeps of it. @param {Target} target */
export function nameOf({ id, title, kind }) {
  return { id, title, kind: kind.name };
}

/** @param {Target} target @param {URL} [url] @returns {string} where it is expected, without user and password */
export function addressOf(target, url = first(target)) {
  return `${url.hostname}:${portOf(target, url)}`;
}

/** @param {Target} target @param {URL} [url] */
export function portOf(target, url = first(target)) {
  return Number(url.port || target.kind.defaultPort);
}

/** The URL at which a server of our own would listen: the first on this machine. @param {Target} target @returns {URL | null} */
export function localUrl(target) {
  return target.urls.find((url) => isLoopback(url.hostname)) ?? null;
}

/** The interface to listen on: never more than loopback. @param {URL} url */
export function listenHost(url) {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return net.isIP(host) ? host : '127.0.0.1';
}

/** @param {string} hostname */
function isLoopback(hostname) {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** @param {Target} target @returns {URL} */
function first(target) {
  return /** @type {URL} */ (target.urls.at(0));
}

/**
 * Greets the server at each of its URLs until one answers.
 *
 * @param {Target} target
 * @returns {Promise<{answer: import('../servers/answer.mjs').Answer, url: URL}>} the best answer and where it came from
 */
export async function probe(target) {
  const heard = [];
  for (const url of target.urls) {
    const answer = await target.kind.probe(url);
    if (answer.is === 'up') return { answer, url };
    heard.push({ answer, url });
  }
  return heard.find(({ answer }) => answer.is !== 'silent') ?? /** @type {typeof heard[0]} */ (heard.at(0));
}
