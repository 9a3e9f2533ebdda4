import {
  EtcdLeaseInvalidError,
  type ICompare,
  type IRequestOp,
  type IResponseOp,
  type ITxnRequest,
  type ITxnResponse,
} from 'etcd3';
import { LockBackendUnavailable } from '../../lock.errors.js';
import type { AcquireResult, Acquisition, Grant } from '../driver.js';
import type { AcquireRequest } from '../session-driver.js';
import { attemptResultOf, conflictReads, first, type AttemptResult, type Conflict } from './attempt-result.js';
import type { EtcdNodes } from './etcd-nodes.js';
import type { KeyDeletionWatcher } from './key-deletion-watcher.js';
import { get, isEmpty, isFirst, isMissing, lastOf, nameOf, put, remove } from './lock-transactions.js';
import type { Names } from './names.js';
import type { Session, Sessions } from './sessions.js';

/** The longest pause of a waiter that was refused although it has seen no conflict. */
const RETRY_PAUSE_MAX_MS = 40;

export interface EtcdParts {
  readonly nodes: EtcdNodes;
  readonly names: Names;
  readonly sessions: Sessions;
  readonly deletions: KeyDeletionWatcher;
  readonly granted: (grant: Grant) => void;
}

/** A place in the queue of one key. */
interface Place {
  readonly queue: string;
  readonly name: string;
  readonly revision: string;
  readonly session: Session;
}

/**
 * One transaction takes all keys, or finds a key that is not free. An acquisition that will wait then queues for that key and watches one
 * other name only: the place before its own, or the lock.
 */
export class EtcdAcquisition implements Acquisition {
  private place: Place | undefined;
  private stopWatching: (() => void) | undefined;
  private notified = true;
  /** The session of the last attempt, until the keys are granted or the acquisition is abandoned. */
  private lastSession: Session | undefined;
  /** The same request went to a second member, so the first member may still carry it out. */
  private sentTwice = false;

  constructor(
    private readonly parts: EtcdParts,
    private readonly request: AcquireRequest,
  ) {}

  async attempt(): Promise<AcquireResult> {
    this.stopWatching?.();
    this.stopWatching = undefined;
    for (;;) {
      const session = await this.parts.sessions.covering(this.request.ttlMs);
      if (this.place?.session !== session) this.place = undefined; // The place has ended with its session.
      this.lastSession = session;
      try {
        return await this.attemptIn(session);
      } catch (error) {
        if (error instanceof EtcdLeaseInvalidError) {
          this.parts.sessions.forget(session);
          continue;
        }
        if (error instanceof LockBackendUnavailable) this.abandon(session);
        throw error;
      }
    }
  }

  async withdraw(): Promise<void> {
    this.stopWatching?.();
    const { place, lastSession } = this;
    if (this.sentTwice && lastSession !== undefined) this.abandon(lastSession);
    else place?.session.cleanup.add({ owner: this.request.owner, names: [place.name], uncertain: false });
    this.place = undefined;
  }

  private async attemptIn(session: Session): Promise<AcquireResult> {
    const { keys, ttlMs, owner, changed } = this.request;
    const { revision, conflict } = await this.take(session);
    if (revision !== undefined) {
      this.place = undefined;
      this.lastSession = undefined;
      const grant = { keys, ttlMs, owner, token: BigInt(revision) };
      this.parts.granted(grant);
      if (this.sentTwice) session.cleanup.add({ owner, names: this.allNames, uncertain: true, granted: revision });
      return { outcome: 'granted', grant };
    }
    if (changed !== undefined && conflict !== undefined) await this.wait(session, conflict, changed);
    else if (changed !== undefined) this.retrySoon(changed);
    return { outcome: 'refused', freeInMs: Number.POSITIVE_INFINITY };
  }

  private async take(session: Session): Promise<AttemptResult> {
    const { keys, owner } = this.request;
    const locks = keys.map((key) => this.parts.names.lockOf(key));
    const answer = await this.txn({
      compare: [this.hasNoTombstone(), ...locks.map(isMissing), ...this.queueConditions()],
      success: [...locks.map((lock) => put(lock, owner, session.leaseId)), ...this.leaveQueue()],
      failure: conflictReads(this.parts.names, keys, this.place),
    });
    return answer.succeeded ? { revision: answer.header.revision } : this.attemptResultOf(answer.responses);
  }

  private hasNoTombstone(): ICompare {
    return isMissing(this.parts.names.tombstoneOf(this.request.owner));
  }

  private queueConditions(): ICompare[] {
    const { place } = this;
    if (place !== undefined) return this.respectsQueue(place.queue) ? [isFirst(place.queue, place.revision)] : [];
    return this.request.keys
      .map((key) => this.parts.names.queueOf(key))
      .filter((queue) => this.respectsQueue(queue))
      .map(isEmpty);
  }

  /**
   * New callers queue, and waiters go in the order of the queue. A caller that will not wait skips the queue. So does a waiter that asks
   * again without a notification: the waiter before it may be dead, and keeps its place until its lease ends.
   */
  private respectsQueue(queue: string): boolean {
    if (this.request.changed === undefined) return false;
    return this.place === undefined || (this.notified && this.place.queue === queue);
  }

  private leaveQueue(): IRequestOp[] {
    return this.place === undefined ? [] : [remove(this.place.name)];
  }

  private attemptResultOf(responses: readonly IResponseOp[]): AttemptResult {
    return attemptResultOf(responses, this.request, (key) => this.respectsQueue(this.parts.names.queueOf(key)));
  }

  private async wait(session: Session, conflict: Conflict, changed: () => void): Promise<void> {
    const queue = this.parts.names.queueOf(conflict.key);
    const current = this.place?.queue === queue ? conflict : await this.enqueue(session, conflict.key);
    const notify = () => {
      this.notified = true;
      changed();
    };
    this.notified = false;
    const target = current.predecessor ?? (current.locked ? this.parts.names.lockOf(current.key) : undefined);
    if (target === undefined) notify();
    else this.stopWatching = this.parts.deletions.watch(target, notify);
  }

  /** There was no conflict to watch, so ask again after a moment. */
  private retrySoon(changed: () => void): void {
    this.notified = false;
    const timer = setTimeout(changed, Math.random() * RETRY_PAUSE_MAX_MS);
    this.stopWatching = () => clearTimeout(timer);
  }

  /** Leaves the current place, takes the last one in the queue of that key, and reads the place before it. */
  private async enqueue(session: Session, key: string): Promise<Conflict> {
    const { names } = this.parts;
    const { owner } = this.request;
    const queue = names.queueOf(key);
    const name = names.placeOf(key, owner);
    const answer = await this.txn({
      compare: [this.hasNoTombstone()],
      success: [...this.leaveQueue(), put(name, owner, session.leaseId), get(names.lockOf(key)), lastOf(queue, 2)],
    });
    this.place = { queue, name, revision: answer.header.revision, session };
    const before = answer.responses.at(-1)?.response_range.kvs.find((found) => nameOf(found) !== name);
    return {
      key,
      locked: first(answer.responses.at(-2)) !== undefined,
      predecessor: before === undefined ? undefined : nameOf(before),
    };
  }

  /** It is unknown what the server has done or will still do. */
  private abandon(session: Session): void {
    this.place = undefined;
    this.lastSession = undefined;
    session.cleanup.add({ owner: this.request.owner, names: this.allNames, uncertain: true });
  }

  /** All names that this acquisition may ever have put on the server. */
  private get allNames(): string[] {
    const { names } = this.parts;
    return this.request.keys.flatMap((key) => [names.lockOf(key), names.placeOf(key, this.request.owner)]);
  }

  private txn(request: ITxnRequest): Promise<ITxnResponse> {
    let sent = 0;
    return this.parts.nodes.call((client, limit) => {
      sent += 1;
      if (sent > 1) this.sentTwice = true;
      return client.kv.txn(request, limit);
    });
  }
}
