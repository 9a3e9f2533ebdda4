import { setTimeout as pause } from 'node:timers/promises';
import {
  EtcdLeaseInvalidError,
  type ICompare,
  type IRequestOp,
  type IResponseOp,
  type ITxnRequest,
  type ITxnResponse,
} from 'etcd3';
import { LockBackendUnavailable } from '../../lock.errors.js';
import type { Attempt, Claim, Grant } from '../driver.js';
import type { Wish } from '../session-driver.js';
import type { Disappearances } from './disappearances.js';
import type { EtcdNodes } from './etcd-nodes.js';
import { findingOf, first, looking, type Finding, type Obstacle } from './findings.js';
import { get, isEmpty, isFirst, isMissing, lastOf, nameOf, put, remove } from './lock-transactions.js';
import { inGroups, inSmallGroups, outOfGroups, untouchedSince } from './many.js';
import type { Names } from './names.js';
import type { Session, Sessions } from './sessions.js';

/** With more keys a transaction has more than the 128 comparisons or operations that a server takes. */
const KEYS_AT_ONCE = 60;
/** Others may take and free keys again and again between a look and the transaction after it. */
const TAKE_TRIES_MAX = 5;
/** The longest pause after the first try; after each further one it may be this much longer. */
const TAKE_PAUSE_MS = 4;
/** The longest pause of a waiter that has nothing to wait for, because all its tries failed although nothing was in the way. */
const TURN_PAUSE_MS = 40;

export interface EtcdParts {
  readonly nodes: EtcdNodes;
  readonly names: Names;
  readonly sessions: Sessions;
  readonly disappearances: Disappearances;
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
 * One wish for keys. A transaction takes all of them or finds one that is not free; a claim that will wait then takes a place in the queue
 * of that key, and watches only who is before it: the claim before it, or the holder.
 */
export class EtcdClaim implements Claim {
  private place: Place | undefined;
  private stopWatching: (() => void) | undefined;
  private told = true;
  /** The session of the last attempt, until the claim is granted or abandoned. */
  private askedOf: Session | undefined;
  /** Another member was asked the same again: what the one before it was asked may still be done. */
  private askedAgain = false;

  constructor(
    private readonly parts: EtcdParts,
    private readonly wish: Wish,
  ) {}

  async attempt(): Promise<Attempt> {
    this.stopWatching?.();
    this.stopWatching = undefined;
    for (;;) {
      const session = await this.parts.sessions.covering(this.wish.ttlMs);
      if (this.place?.session !== session) this.place = undefined; // It went with its lease.
      this.askedOf = session;
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
    const { place, askedOf } = this;
    // Whatever becomes of it: it is taken back before the lease is prolonged.
    if (this.askedAgain && askedOf !== undefined) this.abandon(askedOf);
    else place?.session.leftovers.add({ owner: this.wish.owner, names: [place.name], late: false });
    this.place = undefined;
  }

  private async attemptIn(session: Session): Promise<Attempt> {
    const { keys, ttlMs, owner, changed } = this.wish;
    const { revision, obstacle } = await (keys.length > KEYS_AT_ONCE ? this.lookAndTake(session) : this.take(session));
    if (revision !== undefined) {
      this.place = undefined;
      this.askedOf = undefined;
      const grant = { keys, ttlMs, owner, token: BigInt(revision) };
      this.parts.granted(grant);
      if (this.askedAgain) session.leftovers.add({ owner, names: this.traces, late: true, granted: revision });
      return { outcome: 'granted', grant };
    }
    if (changed !== undefined && obstacle !== undefined) await this.wait(session, obstacle, changed);
    else if (changed !== undefined) this.waitALittle(changed);
    return { outcome: 'refused', freeInMs: Number.POSITIVE_INFINITY };
  }

  private async take(session: Session): Promise<Finding> {
    const answer = await this.txn({
      compare: [this.isNotOver(), ...this.locks.map(isMissing), ...this.manners()],
      success: [...this.locking(session), ...this.leaving()],
      failure: this.looking(),
    });
    return answer.succeeded ? { revision: answer.header.revision } : this.findingOf(answer.responses);
  }

  /** For more keys than a transaction compares: looks first, and takes them if they have not changed since. */
  private async lookAndTake(session: Session): Promise<Finding> {
    for (let attempt = 1; ; attempt += 1) {
      const seen = await this.txn({ success: inGroups(this.looking()) });
      const finding = this.findingOf(outOfGroups(seen.responses));
      const decided = finding.revision !== undefined || finding.obstacle !== undefined;
      // The last look is after the last try, which may have been done although another member was asked the same.
      if (decided || attempt > TAKE_TRIES_MAX) return finding;
      const answer = await this.txn({
        compare: [this.isNotOver(), ...untouchedSince(this.locks, seen.header.revision)],
        success: [...inSmallGroups(this.locking(session)), ...this.leaving()],
      });
      if (answer.succeeded) return { revision: answer.header.revision };
      await pause(Math.random() * TAKE_PAUSE_MS * attempt);
    }
  }

  private get locks(): string[] {
    return this.wish.keys.map((key) => this.parts.names.lockOf(key));
  }

  private isNotOver(): ICompare {
    return isMissing(this.parts.names.voidOf(this.wish.owner));
  }

  private manners(): ICompare[] {
    const { place } = this;
    if (place !== undefined) return this.heeds(place.queue) ? [isFirst(place.queue, place.revision)] : [];
    return this.wish.keys
      .map((key) => this.parts.names.queueOf(key))
      .filter((queue) => this.heeds(queue))
      .map(isEmpty);
  }

  /**
   * Who comes new stands behind those who wait, and who waits takes its turn. Not so who will not wait, and who was told nothing for so long
   * that it asks by itself: the one before it may be dead, and holds its place until its lease ends.
   */
  private heeds(queue: string): boolean {
    if (this.wish.changed === undefined) return false;
    return this.place === undefined || (this.told && this.place.queue === queue);
  }

  private locking(session: Session): IRequestOp[] {
    return this.locks.map((lock) => put(lock, this.wish.owner, session.leaseId));
  }

  private leaving(): IRequestOp[] {
    return this.place === undefined ? [] : [remove(this.place.name)];
  }

  private looking(): IRequestOp[] {
    return looking(this.parts.names, this.wish.keys, this.place);
  }

  private findingOf(responses: readonly IResponseOp[]): Finding {
    return findingOf(responses, this.wish, (key) => this.heeds(this.parts.names.queueOf(key)));
  }

  private async wait(session: Session, obstacle: Obstacle, changed: () => void): Promise<void> {
    const queue = this.parts.names.queueOf(obstacle.key);
    const found = this.place?.queue === queue ? obstacle : await this.queueUp(session, obstacle.key);
    const ring = () => {
      this.told = true;
      changed();
    };
    this.told = false;
    const target = found.predecessor ?? (found.locked ? this.parts.names.lockOf(found.key) : undefined);
    if (target === undefined) ring();
    else this.stopWatching = this.parts.disappearances.watch(target, ring);
  }

  /** Nothing was in the way, so there is nobody to heed and nothing to watch. */
  private waitALittle(changed: () => void): void {
    this.told = false;
    const timer = setTimeout(changed, Math.random() * TURN_PAUSE_MS);
    this.stopWatching = () => clearTimeout(timer);
  }

  /** Leaves the place that it has, takes the last one in the queue of that key, and looks who is before it. */
  private async queueUp(session: Session, key: string): Promise<Obstacle> {
    const { names } = this.parts;
    const { owner } = this.wish;
    const queue = names.queueOf(key);
    const name = names.placeOf(key, owner);
    const answer = await this.txn({
      compare: [this.isNotOver()],
      success: [...this.leaving(), put(name, owner, session.leaseId), get(names.lockOf(key)), lastOf(queue, 2)],
    });
    this.place = { queue, name, revision: answer.header.revision, session };
    const before = answer.responses.at(-1)?.response_range.kvs.find((found) => nameOf(found) !== name);
    return {
      key,
      locked: first(answer.responses.at(-2)) !== undefined,
      predecessor: before === undefined ? undefined : nameOf(before),
    };
  }

  /** Nobody knows what the server did or will do. */
  private abandon(session: Session): void {
    this.place = undefined;
    this.askedOf = undefined;
    session.leftovers.add({ owner: this.wish.owner, names: this.traces, late: true });
  }

  /** All that this claim may ever have put on the server. */
  private get traces(): string[] {
    const { names } = this.parts;
    return this.wish.keys.flatMap((key) => [names.lockOf(key), names.placeOf(key, this.wish.owner)]);
  }

  private txn(request: ITxnRequest): Promise<ITxnResponse> {
    let asked = 0;
    return this.parts.nodes.call((client, limit) => {
      asked += 1;
      if (asked > 1) this.askedAgain = true;
      return client.kv.txn(request, limit);
    });
  }
}
