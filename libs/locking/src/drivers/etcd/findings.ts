import type { IRequestOp, IResponseOp } from 'etcd3';
import { get, lastOf, nameOf } from './lock-transactions.js';
import type { Names } from './names.js';

/** What a refused attempt found. */
export interface Obstacle {
  readonly key: string;
  readonly locked: boolean;
  /** Who is right before this claim in the queue of that key, as far as the attempt looked. */
  readonly predecessor?: string | undefined;
}

/** What an attempt came to: the revision of the grant, or what is in the way if that was to be seen. */
export interface Finding {
  readonly revision?: string;
  readonly obstacle?: Obstacle;
}

/** @param place the claim's own, whose queue is looked at before it only */
export const looking = (
  names: Names,
  keys: readonly string[],
  place: { readonly queue: string; readonly revision: string } | undefined,
): IRequestOp[] =>
  keys.flatMap((key) => {
    const queue = names.queueOf(key);
    return [get(names.lockOf(key)), lastOf(queue, 1, place?.queue === queue ? place.revision : undefined)];
  });

/**
 * From the answers to `looking`.
 *
 * @param heeds whether the claim lets those go first who wait for that key
 */
export function findingOf(
  responses: readonly IResponseOp[],
  { keys, owner }: { readonly keys: readonly string[]; readonly owner: string },
  heeds: (key: string) => boolean,
): Finding {
  const seen = keys.map((key, index) => {
    const [lock, before] = [first(responses[2 * index]), first(responses[2 * index + 1])];
    return { key, lock, locked: lock !== undefined, predecessor: before && nameOf(before) };
  });
  const ours = seen.every(({ lock }) => lock?.value.toString('utf8') === owner);
  const revision = ours ? seen[0]?.lock?.create_revision : undefined;
  // The answer to a grant got lost with a member, before another one was asked.
  if (revision !== undefined) return { revision };
  const obstacle = seen.find(({ locked }) => locked) ?? seen.find(({ key, predecessor }) => predecessor && heeds(key));
  return obstacle === undefined ? {} : { obstacle };
}

export const first = (response: IResponseOp | undefined) => response?.response_range.kvs[0];
