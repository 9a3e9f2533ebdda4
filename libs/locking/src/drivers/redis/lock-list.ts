import { LockBackendUnavailable } from '../../lock.errors.js';
import { highest, type HeldLock } from '../driver.js';
import type { Script } from './lock-scripts.js';
import { majorityOf } from './quorum.js';
import type { RedisNode } from './redis-node.js';

/** Names that a server scans in one command, so that other commands need not wait for the list. */
const PAGE = 1_000;
/** The list ends after this many pages: the server then holds mostly other data. */
const PAGES_MAX = 1_000;

/** As the script gives it. */
type Entry = readonly [key: string, value: string, token: string, ttlMs: number];

/**
 * The locks that a majority of the servers has, or may have: a server that does not answer counts as having it.
 *
 * @throws {LockBackendUnavailable} when no majority answers
 */
export async function listLocks(nodes: readonly RedisNode[], script: Script, limit: number): Promise<HeldLock[]> {
  const lists = await Promise.allSettled(nodes.map((node) => entriesOf(node, script, limit)));
  const known = lists.flatMap((list) => (list.status === 'fulfilled' ? [list.value] : []));
  const failure = lists.find((list) => list.status === 'rejected');
  const majority = majorityOf(nodes.length);
  if (known.length < majority) throw new LockBackendUnavailable({ cause: failure?.reason });
  const silent = nodes.length - known.length;
  const grants = new Map<string, Entry[]>();
  for (const entry of known.flat()) {
    const grant = `${entry[0]} ${entry[1].split(' ', 1)[0]}`;
    grants.set(grant, [...(grants.get(grant) ?? []), entry]);
  }
  const held = [...grants.values()].filter((entries) => entries.length + silent >= majority);
  return held.slice(0, limit).map(heldLock);
}

async function entriesOf(node: RedisNode, script: Script, limit: number): Promise<Entry[]> {
  const entries = new Map<string, Entry>(); // A name may come twice.
  let cursor = '0';
  for (let page = 0; page < PAGES_MAX && entries.size < limit; page += 1) {
    const [next, ...found] = (await node.run(script, [], [cursor, PAGE])) as [string, ...Entry[]];
    for (const entry of found) entries.set(entry[0], entry);
    cursor = next;
    if (cursor === '0') break;
  }
  return [...entries.values()];
}

/** @param entries one grant, as each server has it; at least one */
function heldLock(entries: readonly Entry[]): HeldLock {
  const [key = '', value = ''] = entries[0] ?? [];
  const [, , grantedAt, owner] = value.split(' ');
  return {
    key,
    token: highest(entries.map(([, , token]) => BigInt(token))),
    ttlMs: Math.max(...entries.map(([, , , ttlMs]) => ttlMs)),
    ...(owner !== undefined && { owner, since: new Date(Number(grantedAt) / 1_000) }),
  };
}
