import { LockBackendUnavailable } from '../../lock.errors.js';
import type { HeldLock } from '../driver.js';
import { LIST } from './lock-scripts.js';
import { majorityOf } from './majority.js';
import type { RedisNode } from './redis-node.js';

/** Names that a server scans in one command, so that other commands need not wait for the list. */
const PAGE = 1_000;
/** The list ends after this many pages: the server then holds mostly other data. */
const PAGES_MAX = 1_000;

/** As the script gives it: lock, value, highest token of the lock or '', ms left. */
type Entry = readonly [lock: string, value: string, fence: string, ttlMs: number];

/**
 * The locks that a majority of the servers has, or may have: a server that does not answer counts as having it.
 *
 * @throws {LockBackendUnavailable} when no majority answers
 */
export async function listLocks(nodes: readonly RedisNode[], base: string, limit: number): Promise<HeldLock[]> {
  const lists = await Promise.allSettled(nodes.map((node) => entriesOf(node, base, limit)));
  const known = lists.flatMap((list) => (list.status === 'fulfilled' ? [list.value] : []));
  const failure = lists.find((list) => list.status === 'rejected');
  const silent = nodes.length - known.length;
  const majority = majorityOf(nodes.length);
  if (known.length < majority) throw new LockBackendUnavailable({ cause: failure?.reason });
  const grants = new Map<string, Entry[]>();
  for (const entry of known.flat()) {
    const grant = `${entry[0]} ${ownerIn(entry[1])}`;
    grants.set(grant, [...(grants.get(grant) ?? []), entry]);
  }
  return [...grants.values()]
    .filter((entries) => entries.length + silent >= majority)
    .slice(0, limit)
    .map((entries) => heldLock(entries, base));
}

async function entriesOf(node: RedisNode, base: string, limit: number): Promise<Entry[]> {
  const pattern = `${base.replaceAll(/[\\?*[\]]/g, String.raw`\$&`)}lock:*`;
  const entries = new Map<string, Entry>(); // A name may come twice.
  let cursor = '0';
  for (let page = 0; page < PAGES_MAX && entries.size < limit; page += 1) {
    const [next, ...found] = (await node.run(LIST, [], [base, pattern, cursor, PAGE])) as [string, ...Entry[]];
    for (const entry of found) entries.set(entry[0], entry);
    cursor = next;
    if (cursor === '0') break;
  }
  return [...entries.values()];
}

function heldLock(entries: readonly Entry[], base: string): HeldLock {
  const [first] = entries;
  if (first === undefined) throw new Error('A grant without entries does not exist.');
  const [lock, value] = first;
  const [, , grantedAt, owner] = value.split(' ');
  return {
    key: lock.slice(`${base}lock:`.length),
    token: highest(entries.map((entry) => entry[2] || (entry[1].split(' ')[1] ?? ''))),
    ttlMs: Math.max(...entries.map((entry) => entry[3])),
    ...(owner !== undefined && { owner, since: new Date(Number(grantedAt) / 1_000) }),
  };
}

const ownerIn = (value: string): string => value.split(' ', 1)[0] ?? '';

function highest(tokens: readonly string[]): bigint {
  const known = tokens.filter((token) => /^\d+$/.test(token)).map(BigInt);
  return known.reduce((top, token) => (token > top ? token : top), 0n);
}
