import type { ICompare, IKeyValue, IRangeRequest, IRequestOp } from 'etcd3';

/*
 * Names, for the prefix `shop:` and the key `cart:1`:
 *   shop:lock/cart%3A1             the owner; its create revision is the token
 *   shop:wait/cart%3A1/<id>        an acquisition that waits; its create revision is its place in the queue
 *   shop:tombstone/<id>            an acquisition that has ended: a late request of it has no effect
 * All of them hang on a lease: locks and places on one that lives with the process, tombstones on one that ends soon.
 */

const NO_REVISION = '0';

export const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

/** The first name after all that begin with `prefix`. */
export function afterAll(prefix: string): Buffer {
  const end = bytes(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1; // Prefixes end in a slash.
  return end;
}

export const isMissing = (name: string): ICompare => createdAt(name, NO_REVISION);

export const createdAt = (name: string, revision: string): ICompare => ({
  key: bytes(name),
  target: 'Create',
  result: 'Equal',
  create_revision: revision,
});

/** Nobody waits in the queue. */
export const isEmpty = (queue: string): ICompare => ({ ...isMissing(queue), range_end: afterAll(queue) });

/** The queue is not empty, and this place is its first. */
export const isFirst = (queue: string, place: string): ICompare => ({
  key: bytes(queue),
  range_end: afterAll(queue),
  target: 'Create',
  result: 'Greater',
  create_revision: String(BigInt(place) - 1n),
});

export const put = (name: string, value: string, leaseId: string): IRequestOp => ({
  request_put: { key: bytes(name), value: bytes(value), lease: leaseId },
});

export const remove = (name: string): IRequestOp => ({ request_delete_range: { key: bytes(name) } });

export const get = (name: string): IRequestOp => ({ request_range: { key: bytes(name) } });

/** The last places of the queue, up to `count`, the last one first. @param before only places before this one */
export const lastOf = (queue: string, count: number, before?: string): IRequestOp => {
  const range: IRangeRequest = {
    key: bytes(queue),
    range_end: afterAll(queue),
    sort_target: 'Create',
    sort_order: 'Descend',
    keys_only: true,
    limit: count,
  };
  return {
    request_range: before === undefined ? range : { ...range, max_create_revision: String(BigInt(before) - 1n) },
  };
};

/** Removes the name if it was created at that revision. */
export const removeCreatedAt = (name: string, revision: string): IRequestOp => ({
  request_txn: { compare: [createdAt(name, revision)], success: [remove(name)] },
});

/** Removes the name if it belongs to the owner. @param granted kept if it was created at this revision */
export const removeOwned = (name: string, owner: string, granted = NO_REVISION): IRequestOp => ({
  request_txn: {
    compare: [
      { key: bytes(name), target: 'Value', result: 'Equal', value: bytes(owner) },
      { ...createdAt(name, granted), result: 'NotEqual' },
    ],
    success: [remove(name)],
  },
});

export const nameOf = (found: IKeyValue): string => found.key.toString('utf8');
