import type { ICompare, IKeyValue, IRequestOp } from 'etcd3';

/*
 * Names, for the prefix `shop:` and the key `cart:1`:
 *   shop:lock/cart%3A1             the owner; its create revision is the token
 *   shop:wait/cart%3A1/<id>        an acquisition that waits; its create revision is its place in the queue
 *   shop:session/<lease>           changed when requests of that session whose answers were lost must not take effect any more
 * All of them hang on the lease of a session, which lives with the process.
 */
export class Names {
  constructor(private readonly prefix: string) {}

  get locks(): string {
    return `${this.prefix}lock/`;
  }

  lockOf(key: string): string {
    return `${this.locks}${encodeURIComponent(key)}`;
  }

  keyOf(lock: string): string {
    return decodeURIComponent(lock.slice(this.locks.length));
  }

  queueOf(key: string): string {
    return `${this.prefix}wait/${encodeURIComponent(key)}/`;
  }

  /** @param owner the id of the acquisition, a space, and the name of the process */
  placeOf(key: string, owner: string): string {
    return `${this.queueOf(key)}${owner.split(' ', 1)[0]}`;
  }

  sessionOf(leaseId: string): string {
    return `${this.prefix}session/${leaseId}`;
  }
}

export const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

/** All names that begin with `prefix`, which ends in a slash: `0` is the next character. */
export const allIn = (prefix: string) => ({ key: bytes(prefix), range_end: bytes(`${prefix.slice(0, -1)}0`) });

export const createdAt = (name: string, revision: string): ICompare => ({
  key: bytes(name),
  target: 'Create',
  result: 'Equal',
  create_revision: revision,
});

export const isMissing = (name: string): ICompare => createdAt(name, '0');

/** @param revision `0` if it was never written */
export const lastWrittenAt = (name: string, revision: string): ICompare => ({
  key: bytes(name),
  target: 'Mod',
  result: 'Equal',
  mod_revision: revision,
});

/** Nobody waits in the queue. */
export const isEmpty = (queue: string): ICompare => ({ ...isMissing(queue), ...allIn(queue) });

/** The queue is not empty, and this place is its first. */
export const isFirst = (queue: string, place: string): ICompare => ({
  ...allIn(queue),
  target: 'Create',
  result: 'Greater',
  create_revision: before(place),
});

export const put = (name: string, value: string, leaseId: string): IRequestOp => ({
  request_put: { key: bytes(name), value: bytes(value), lease: leaseId },
});

export const remove = (name: string): IRequestOp => ({ request_delete_range: { key: bytes(name) } });

/** Removes the name if it was created at that revision. */
export const removeCreatedAt = (name: string, revision: string): IRequestOp => ({
  request_txn: { compare: [createdAt(name, revision)], success: [remove(name)] },
});

/** Removes the name if it belongs to the owner. */
export const removeOwned = (name: string, owner: string): IRequestOp => ({
  request_txn: {
    compare: [{ key: bytes(name), target: 'Value', result: 'Equal', value: bytes(owner) }],
    success: [remove(name)],
  },
});

export const get = (name: string): IRequestOp => ({ request_range: { key: bytes(name) } });

/** The last place of the queue. @param place only before this one */
export const lastOf = (queue: string, place?: string): IRequestOp => ({
  request_range: {
    ...allIn(queue),
    sort_target: 'Create',
    sort_order: 'Descend',
    keys_only: true,
    limit: 1,
    ...(place !== undefined && { max_create_revision: before(place) }),
  },
});

export const nameOf = (found: IKeyValue): string => found.key.toString('utf8');

const before = (revision: string): string => String(BigInt(revision) - 1n);
