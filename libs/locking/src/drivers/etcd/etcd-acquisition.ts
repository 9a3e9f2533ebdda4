import { EtcdLeaseInvalidError, type ICompare, type IRequestOp, type IResponseOp, type ITxnRequest } from 'etcd3';
import { LockBackendUnavailable } from '../../lock.errors.js';
import type { AcquireRequest, AcquireResult, Acquisition } from '../driver.js';
import { get, isEmpty, isFirst, isMissing, lastOf, nameOf, put, remove, type Names } from './etcd-keys.js';
import { MemberLost, type EtcdNodes } from './etcd-nodes.js';
import type { EtcdSession, EtcdSessions } from './etcd-sessions.js';
import { watchDeletion } from './key-deletion.js';

export interface EtcdParts {
  readonly nodes: EtcdNodes;
  readonly names: Names;
  readonly sessions: EtcdSessions;
}

/** A place in the queue of one key. */
interface Place {
  readonly key: string;
  readonly name: string;
  readonly revision: string;
  readonly session: EtcdSession;
}

/** Why an attempt was refused: the key, and what must be deleted first. */
interface Conflict {
  readonly key: string;
  readonly behind: string;
}

/**
 * One transaction takes all keys, or finds a key that is not free. An acquisition that will wait then queues for that key and watches one
 * other name only: the place before its own, or the lock.
 */
export class EtcdAcquisition implements Acquisition {
  private place: Place | undefined;
  private stopWatching: () => void = () => undefined;
  private notified = true;

  constructor(
    private readonly parts: EtcdParts,
    private readonly request: AcquireRequest,
  ) {}

  async attempt(): Promise<AcquireResult> {
    this.stopWatching();
    for (let members = this.parts.nodes.count; ;) {
      const session = await this.parts.sessions.covering(this.request.ttlMs);
      if (this.place?.session !== session) this.place = undefined; // The place has ended with its session.
      try {
        return await this.attemptIn(session);
      } catch (error) {
        if (error instanceof LockBackendUnavailable) {
          this.place = undefined;
          const voided = session.remove(this.request.owner, this.allNames, true);
          members -= 1;
          if (!(error instanceof MemberLost) || members === 0) throw error;
          await voided;
        } else if (error instanceof EtcdLeaseInvalidError) this.parts.sessions.forget(session);
        else throw error;
      }
    }
  }

  async withdraw(): Promise<void> {
    this.stopWatching();
    const { place } = this;
    this.place = undefined;
    await place?.session.remove(this.request.owner, [place.name]);
  }

  private async attemptIn(session: EtcdSession): Promise<AcquireResult> {
    const { keys, ttlMs, owner, changed } = this.request;
    let result = await this.take(session);
    if (result === undefined) {
      // Requests of this session were made void meanwhile.
      await session.cleanup.run();
      result = await this.take(session);
    }
    if (typeof result === 'bigint') {
      this.place = undefined;
      return { outcome: 'granted', grant: { keys, ttlMs, owner, token: result } };
    }
    this.notified = false;
    if (result !== undefined && changed !== undefined) await this.wait(session, result, changed);
    return { outcome: 'refused', freeInMs: result === undefined ? 0 : Number.POSITIVE_INFINITY };
  }

  /** @returns the token; or the conflict, if there is one */
  private async take(session: EtcdSession): Promise<bigint | Conflict | undefined> {
    const { keys, owner } = this.request;
    const { names } = this.parts;
    const locks = keys.map((key) => names.lockOf(key));
    const { succeeded, header, responses } = await this.txn({
      compare: [session.isCurrent, ...locks.map(isMissing), ...this.queueConditions()],
      success: [...locks.map((lock) => put(lock, owner, session.leaseId)), ...this.leaveQueue()],
      failure: [...locks.map(get), ...keys.map((key) => this.lastBefore(key))],
    });
    return succeeded ? BigInt(header.revision) : this.conflictIn(responses);
  }

  private lastBefore(key: string): IRequestOp {
    return lastOf(this.parts.names.queueOf(key), this.place?.key === key ? this.place.revision : undefined);
  }

  /** @param responses all locks, then the last place before this one in each queue */
  private conflictIn(responses: readonly IResponseOp[]): Conflict | undefined {
    const { keys } = this.request;
    const found = responses.map((response) => response.response_range.kvs[0]);
    const reads = keys.map((key, index) => ({ key, lock: found[index], before: found[index + keys.length] }));
    const conflict =
      reads.find(({ lock }) => lock) ?? reads.find(({ key, before }) => before && this.respectsQueue(key));
    const behind = conflict?.before ?? conflict?.lock;
    return conflict && behind && { key: conflict.key, behind: nameOf(behind) };
  }

  private queueConditions(): ICompare[] {
    const { place, parts, request } = this;
    const queues = request.keys.filter((key) => this.respectsQueue(key)).map((key) => parts.names.queueOf(key));
    return queues.map((queue) => (place === undefined ? isEmpty(queue) : isFirst(queue, place.revision)));
  }

  /**
   * New callers queue, and waiters go in the order of the queue. A caller that will not wait skips the queue. So does a waiter that asks
   * again without a notification: the waiter before it may be dead, and keeps its place until its lease ends.
   */
  private respectsQueue(key: string): boolean {
    if (this.request.changed === undefined) return false;
    return this.place === undefined || (this.notified && this.place.key === key);
  }

  private leaveQueue(): IRequestOp[] {
    return this.place === undefined ? [] : [remove(this.place.name)];
  }

  private async wait(session: EtcdSession, { key, behind }: Conflict, changed: () => void): Promise<void> {
    const notify = () => {
      this.notified = true;
      changed();
    };
    const target = this.place?.key === key ? behind : await this.enqueue(session, key);
    if (target === undefined) notify();
    else this.stopWatching = watchDeletion(this.parts.nodes, target, notify);
  }

  /** Leaves the current place and takes the last one in the queue of that key. @returns what is before it: a place, the lock or nothing */
  private async enqueue(session: EtcdSession, key: string): Promise<string | undefined> {
    const { names } = this.parts;
    const { owner } = this.request;
    const queue = names.queueOf(key);
    const name = names.placeOf(key, owner);
    const { succeeded, header, responses } = await this.txn({
      compare: [session.isCurrent],
      success: [lastOf(queue), get(names.lockOf(key)), ...this.leaveQueue(), put(name, owner, session.leaseId)],
    });
    if (!succeeded) return undefined;
    this.place = { key, name, revision: header.revision, session };
    const [before, lock] = responses.map((response) => response.response_range?.kvs[0]);
    const found = before ?? lock;
    return found && nameOf(found);
  }

  /** All names that this acquisition may ever have put on the server. */
  private get allNames(): string[] {
    const { names } = this.parts;
    return this.request.keys.flatMap((key) => [names.lockOf(key), names.placeOf(key, this.request.owner)]);
  }

  /** Sent to one member only: repeated at another one, the first might still carry it out. */
  private txn(request: ITxnRequest) {
    return this.parts.nodes.callOnce((client, limit) => client.kv.txn(request, limit));
  }
}
