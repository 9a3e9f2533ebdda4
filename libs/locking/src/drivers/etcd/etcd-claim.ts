import { EtcdLeaseInvalidError, type IResponseOp, type ITxnRequest, type ITxnResponse } from 'etcd3';
import type { Attempt, Claim, Grant } from '../driver.js';
import type { Wish } from '../session-driver.js';
import type { Disappearances } from './disappearances.js';
import type { EtcdNodes } from './etcd-nodes.js';
import { get, isEmpty, isFirst, isMissing, lastOf, nameOf, put, remove } from './lock-transactions.js';
import type { Names } from './names.js';
import type { Session, Sessions } from './sessions.js';

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

/** What a refused attempt found. */
interface Obstacle {
  readonly key: string;
  readonly locked: boolean;
  /** Who is right before this claim in the queue of that key, as far as the attempt looked. */
  readonly predecessor: string | undefined;
}

/**
 * One wish for keys. A transaction takes all of them or finds one that is not free; a claim that will wait then takes a place in the queue
 * of that key, and watches only who is before it: the claim before it, or the holder.
 */
export class EtcdClaim implements Claim {
  private place: Place | undefined;
  private stopWatching: (() => void) | undefined;
  private told = true;
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
      try {
        return await this.attemptIn(session);
      } catch (error) {
        if (error instanceof EtcdLeaseInvalidError) {
          this.parts.sessions.forget(session);
          continue;
        }
        this.abandon(session);
        throw error;
      }
    }
  }

  async withdraw(): Promise<void> {
    this.stopWatching?.();
    const { place } = this;
    this.place = undefined;
    // Whatever becomes of it: it is taken back before the lease is prolonged.
    const { owner } = this.wish;
    if (place !== undefined) place.session.leftovers.add({ owner, names: [place.name], late: this.askedAgain });
  }

  private async attemptIn(session: Session): Promise<Attempt> {
    const { keys, ttlMs, owner, changed } = this.wish;
    const answer = await this.txn(this.request(session));
    const revision = answer.succeeded ? answer.header.revision : this.grantedBefore(answer);
    if (revision !== undefined) {
      this.place = undefined;
      const grant = { keys, ttlMs, owner, token: BigInt(revision) };
      this.parts.granted(grant);
      if (this.askedAgain) session.leftovers.add({ owner, names: [], late: true });
      return { outcome: 'granted', grant };
    }
    if (changed !== undefined) await this.wait(session, this.obstacleIn(answer), changed);
    return { outcome: 'refused', freeInMs: Number.POSITIVE_INFINITY };
  }

  private request(session: Session): ITxnRequest {
    const { keys, owner } = this.wish;
    const { names } = this.parts;
    const { place } = this;
    return {
      compare: [isMissing(names.voidOf(owner)), ...keys.map((key) => isMissing(names.lockOf(key))), ...this.manners()],
      success: [
        ...keys.map((key) => put(names.lockOf(key), owner, session.leaseId)),
        ...(place === undefined ? [] : [remove(place.name)]),
      ],
      failure: keys.flatMap((key) => {
        const queue = names.queueOf(key);
        return [get(names.lockOf(key)), lastOf(queue, 1, place?.queue === queue ? place.revision : undefined)];
      }),
    };
  }

  /**
   * Who comes new stands behind those who wait, and who waits takes its turn. Not so who will not wait, and who was told nothing for so long
   * that it asks by itself: the one before it may be dead, and holds its place until its lease ends.
   */
  private manners() {
    const { keys, changed } = this.wish;
    if (changed === undefined) return [];
    if (this.place === undefined) return keys.map((key) => isEmpty(this.parts.names.queueOf(key)));
    return this.told ? [isFirst(this.place.queue, this.place.revision)] : [];
  }

  /** The revision of a grant whose answer got lost with a member, before another one was asked. */
  private grantedBefore({ responses }: ITxnResponse): string | undefined {
    const found = this.wish.keys.map((_, index) => first(responses[2 * index]));
    const ours = found.every((lock) => lock?.value.toString('utf8') === this.wish.owner);
    return ours ? found[0]?.create_revision : undefined;
  }

  private obstacleIn({ responses }: ITxnResponse): Obstacle {
    const { keys } = this.wish;
    const seen = keys.map((key, index) => {
      const [lock, before] = [first(responses[2 * index]), first(responses[2 * index + 1])];
      const predecessor = before === undefined ? undefined : nameOf(before);
      return { key, locked: lock !== undefined, predecessor };
    });
    const obstacle = seen.find(({ locked }) => locked) ?? seen.find(({ predecessor }) => predecessor !== undefined);
    return obstacle ?? { key: keys[0] ?? '', locked: false, predecessor: undefined };
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

  /** Leaves the place that it has, takes the last one in the queue of that key, and looks who is before it. */
  private async queueUp(session: Session, key: string): Promise<Obstacle> {
    const { names } = this.parts;
    const { owner } = this.wish;
    const queue = names.queueOf(key);
    const name = names.placeOf(key, owner);
    const answer = await this.txn({
      compare: [isMissing(names.voidOf(owner))],
      success: [
        ...(this.place === undefined ? [] : [remove(this.place.name)]),
        put(name, owner, session.leaseId),
        get(names.lockOf(key)),
        lastOf(queue, 2),
      ],
    });
    this.place = { queue, name, revision: answer.header.revision, session };
    const before = answer.responses.at(-1)?.response_range.kvs.find((found) => nameOf(found) !== name);
    return {
      key,
      locked: first(answer.responses.at(-2)) !== undefined,
      predecessor: before === undefined ? undefined : nameOf(before),
    };
  }

  /** The answer did not come, so nobody knows what the server did. */
  private abandon(session: Session): void {
    const { keys, owner } = this.wish;
    const { names } = this.parts;
    this.place = undefined;
    const left = keys.flatMap((key) => [names.lockOf(key), names.placeOf(key, owner)]);
    session.leftovers.add({ owner, names: left, late: true });
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

const first = (response: IResponseOp | undefined) => response?.response_range.kvs[0];
