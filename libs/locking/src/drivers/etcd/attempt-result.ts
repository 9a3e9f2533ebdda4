import type { IRequestOp, IResponseOp } from 'etcd3';
import { get, lastOf, nameOf } from './lock-transactions.js';
import type { Names } from './names.js';

/** Why an attempt was refused. */
export interface Conflict {
  readonly key: string;
  readonly locked: boolean;
  /** The place right before this acquisition in the queue of the key, if the attempt has seen one. */
  readonly predecessor?: string | undefined;
}

/** The revision of the grant, or the conflict if the attempt has seen one. */
export interface AttemptResult {
  readonly revision?: string;
  readonly conflict?: Conflict;
}

/** Reads the lock and the last waiter of each key. @param place own place: only waiters before it are read */
export const conflictReads = (
  names: Names,
  keys: readonly string[],
  place: { readonly queue: string; readonly revision: string } | undefined,
): IRequestOp[] =>
  keys.flatMap((key) => {
    const queue = names.queueOf(key);
    return [get(names.lockOf(key)), lastOf(queue, 1, place?.queue === queue ? place.revision : undefined)];
  });

/**
 * From the responses to `conflictReads`.
 *
 * @param respectsQueue whether the acquisition lets the waiters of that key go first
 */
export function attemptResultOf(
  responses: readonly IResponseOp[],
  { keys, owner }: { readonly keys: readonly string[]; readonly owner: string },
  respectsQueue: (key: string) => boolean,
): AttemptResult {
  const reads = keys.map((key, index) => {
    const [lock, before] = [first(responses[2 * index]), first(responses[2 * index + 1])];
    return { key, lock, locked: lock !== undefined, predecessor: before && nameOf(before) };
  });
  // Another member may have granted the same request before its answer was lost.
  const isGranted = reads.every(({ lock }) => lock?.value.toString('utf8') === owner);
  const revision = isGranted ? reads[0]?.lock?.create_revision : undefined;
  if (revision !== undefined) return { revision };
  const conflict =
    reads.find(({ locked }) => locked) ?? reads.find(({ key, predecessor }) => predecessor && respectsQueue(key));
  return conflict === undefined ? {} : { conflict };
}

export const first = (response: IResponseOp | undefined) => response?.response_range.kvs[0];
