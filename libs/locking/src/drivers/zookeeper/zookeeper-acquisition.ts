import ZooKeeper, { type Stat } from 'node-zookeeper-client';
import { highest, type AcquireRequest, type AcquireResult, type Acquisition, type Grant } from '../driver.js';
import { makeLocks, removeTraces, tokenOf } from './lock-nodes.js';
import type { Paths } from './paths.js';
import { MARGIN_MS, NotSent, type ZooKeeperSession, type ZooKeeperSessions } from './zookeeper-session.js';

export interface ZooKeeperParts {
  readonly paths: Paths;
  readonly sessions: ZooKeeperSessions;
  /** Where the keys of each grant are. */
  readonly sessionOf: WeakMap<Grant, ZooKeeperSession>;
}

/** A place in the queue of one key. */
interface Place {
  readonly session: ZooKeeperSession;
  readonly key: string;
  readonly path: string;
}

/**
 * One transaction creates the nodes of all locks, or fails because one exists. An acquisition that will wait then queues for that key and
 * watches one other node only: the place before its own, or the lock.
 */
export class ZooKeeperAcquisition implements Acquisition {
  private place: Place | undefined;
  private watched: string | undefined;
  private notified = true;

  constructor(
    private readonly parts: ZooKeeperParts,
    private readonly request: AcquireRequest,
  ) {}

  async attempt(): Promise<AcquireResult> {
    const session = await this.parts.sessions.covering(this.request.ttlMs);
    if (this.place !== undefined && this.place.session !== session) this.forgetPlace(); // The place has ended with its session.
    try {
      return await this.attemptIn(session);
    } catch (error) {
      const leftNothing = error instanceof NotSent && this.place === undefined;
      this.forgetPlace();
      if (!leftNothing) void session.cleanup.add(() => removeTraces(session, this.parts.paths, this.request));
      throw error;
    }
  }

  async withdraw(): Promise<void> {
    const { place } = this;
    this.forgetPlace();
    await place?.session.cleanup.add(() => place.session.remove(place.path));
  }

  private async attemptIn(session: ZooKeeperSession): Promise<AcquireResult> {
    const { keys, changed } = this.request;
    let conflict = await this.queuedKey(session);
    if (conflict === undefined) {
      const [free, stats] = await this.take(session);
      if (free) return this.granted(session, stats);
      conflict = keys.find((_, index) => stats[index] !== undefined) ?? keys[0] ?? '';
    }
    if (changed !== undefined) await this.wait(session, conflict, changed);
    return { outcome: 'refused', freeInMs: Number.POSITIVE_INFINITY };
  }

  /**
   * The key whose queue comes first. New callers queue, and waiters go in the order of the queue. A caller that will not wait skips the
   * queue. So does a waiter that asks again without a notification: the waiter before it may be dead, and keeps its place until its session
   * ends.
   */
  private async queuedKey(session: ZooKeeperSession): Promise<string | undefined> {
    const { keys, changed } = this.request;
    const { paths } = this.parts;
    if (changed === undefined || (this.place !== undefined && !this.notified)) return undefined;
    const names = await session.children(paths.places);
    if (this.place === undefined) return keys.find((key) => paths.queueOf(key, names).length > 0);
    const [first] = paths.queueOf(this.place.key, names);
    return first === this.place.path ? undefined : this.place.key;
  }

  /** Both are sent together: a session's requests are carried out in their order, so the reads see the transaction. */
  private async take(session: ZooKeeperSession): Promise<[boolean, (Stat | undefined)[]]> {
    const { keys, owner } = this.request;
    const { paths } = this.parts;
    const [free, nodes] = await Promise.all([
      makeLocks(session, paths, { keys, owner, place: this.place?.path }),
      Promise.all(keys.map((key) => session.read(paths.lockOf(key)))),
    ]);
    return [free, nodes.map((node) => node?.stat)];
  }

  private granted(session: ZooKeeperSession, stats: readonly (Stat | undefined)[]): AcquireResult {
    const { keys, owner } = this.request;
    const token = highest(stats.filter((stat) => stat !== undefined).map(tokenOf));
    const grant = { keys, owner, token, ttlMs: Math.min(this.request.ttlMs, session.timeoutMs - MARGIN_MS) };
    this.parts.sessionOf.set(grant, session);
    this.forgetPlace();
    return { outcome: 'granted', grant };
  }

  private async wait(session: ZooKeeperSession, key: string, changed: () => void): Promise<void> {
    const notify = () => {
      this.watched = undefined;
      this.notified = true;
      changed();
    };
    if (this.place?.key !== key) await this.enqueue(session, key);
    const { paths } = this.parts;
    const order = paths.queueOf(key, await session.children(paths.places));
    const position = order.indexOf(this.place?.path ?? '');
    if (position < 0) {
      this.forgetPlace();
      return notify();
    }
    const target = order[position - 1] ?? paths.lockOf(key);
    this.notified = false;
    // A watch cannot be removed, so an existing one is kept.
    if (this.watched === target) return;
    this.watched = target;
    const there = await session.read(target, () => {
      if (this.watched === target) notify();
    });
    if (there === undefined && this.watched === target) notify();
  }

  /** Leaves the place that it has, and takes the last one in the queue of that key. */
  private async enqueue(session: ZooKeeperSession, key: string): Promise<void> {
    const { owner } = this.request;
    await this.withdraw();
    const mode = ZooKeeper.CreateMode.EPHEMERAL_SEQUENTIAL;
    const path = await session.create(this.parts.paths.placeOf(key, owner), owner, mode);
    if (path !== undefined) this.place = { session, key, path };
  }

  private forgetPlace(): void {
    this.place = undefined;
    this.watched = undefined;
    this.notified = true;
  }
}
