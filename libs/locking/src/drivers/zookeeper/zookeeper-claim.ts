import ZooKeeper, { type Stat } from 'node-zookeeper-client';
import type { Attempt, Claim, Grant } from '../driver.js';
import type { Wish } from '../session-driver.js';
import { makeLocks, tokenOf } from './lock-nodes.js';
import { makeNode, removeIfEmpty } from './nodes.js';
import { inOrder, lastStep, type Paths } from './paths.js';
import { NotAsked, type ZooKeeperSession } from './zookeeper-session.js';
import { MARGIN_MS, type ZooKeeperSessions } from './zookeeper-sessions.js';

const PLACE_TRIES_MAX = 5;

export interface ZooKeeperParts {
  readonly paths: Paths;
  readonly sessions: ZooKeeperSessions;
  readonly granted: (grant: Grant, session: ZooKeeperSession) => void;
}

/** A place in the queue of one key. */
interface Place {
  readonly session: ZooKeeperSession;
  readonly key: string;
  readonly path: string;
}

/**
 * One wish for keys. A transaction makes the nodes of all locks, or fails because one is there; a claim that will wait then takes a place
 * in the queue of that key, and watches only who is before it: the claim before it, or the holder.
 */
export class ZooKeeperClaim implements Claim {
  private place: Place | undefined;
  private watched: string | undefined;
  private told = true;

  constructor(
    private readonly parts: ZooKeeperParts,
    private readonly wish: Wish,
  ) {}

  async attempt(): Promise<Attempt> {
    const session = await this.parts.sessions.covering(this.wish.ttlMs);
    if (this.place !== undefined && this.place.session !== session) this.forgetPlace(); // It went with its session.
    try {
      return await this.attemptIn(session);
    } catch (error) {
      const nothingLeft = error instanceof NotAsked && this.place === undefined;
      this.forgetPlace();
      if (!nothingLeft) void this.parts.sessions.takeBack(session, this.wish);
      throw error;
    }
  }

  async withdraw(): Promise<void> {
    const { place } = this;
    this.forgetPlace();
    if (place === undefined) return;
    const queue = this.parts.paths.queueOf(place.key);
    await this.parts.sessions.takeBack(place.session, { place: place.path, queue });
  }

  private async attemptIn(session: ZooKeeperSession): Promise<Attempt> {
    const { keys, changed } = this.wish;
    let obstacle = await this.before(session);
    if (obstacle === undefined) {
      const [free, stats] = await this.take(session);
      if (free) return this.granted(session, stats);
      obstacle = keys.find((_, index) => stats[index] !== null) ?? keys[0] ?? '';
    }
    if (changed !== undefined) await this.wait(session, obstacle, changed);
    return { outcome: 'refused', freeInMs: Number.POSITIVE_INFINITY };
  }

  /**
   * The key for which others come first. Who comes new stands behind those who wait, and who waits takes its turn. Not so who will not wait,
   * and who was told nothing for so long that it asks by itself: the one before it may be dead, and holds its place until its session ends.
   */
  private async before(session: ZooKeeperSession): Promise<string | undefined> {
    const { keys, changed } = this.wish;
    const { paths } = this.parts;
    if (changed === undefined || (this.place !== undefined && !this.told)) return undefined;
    if (this.place !== undefined) {
      const { key, path } = this.place;
      const [first] = inOrder(await session.children(paths.queueOf(key)));
      return first === lastStep(path) ? undefined : key;
    }
    const queues = await Promise.all(keys.map((key) => session.children(paths.queueOf(key))));
    return keys.find((_, index) => queues[index]?.length !== 0);
  }

  /** In one go: requests of a session are carried out in their order, so the second sees what the first did. */
  private take(session: ZooKeeperSession): Promise<[boolean, (Stat | null)[]]> {
    const { keys, owner } = this.wish;
    const { paths } = this.parts;
    const nodes = keys.map((key) => ({ lock: paths.lockOf(key), own: paths.ownOf(key, owner) }));
    return Promise.all([
      makeLocks(session, nodes, { owner, place: this.place?.path }),
      Promise.all(nodes.map(({ lock }) => session.exists(lock))),
    ]);
  }

  private granted(session: ZooKeeperSession, stats: readonly (Stat | null)[]): Attempt {
    const { keys, owner } = this.wish;
    const made = stats.filter((stat) => stat !== null).map(tokenOf);
    const token = made.reduce((top, next) => (next > top ? next : top), 0n);
    const grant = { keys, owner, token, ttlMs: Math.min(this.wish.ttlMs, session.timeoutMs - MARGIN_MS) };
    this.parts.granted(grant, session);
    if (this.place !== undefined) {
      void removeIfEmpty(session, this.parts.paths.queueOf(this.place.key)).catch(() => undefined); // The next one tries again.
    }
    this.forgetPlace();
    return { outcome: 'granted', grant };
  }

  private async wait(session: ZooKeeperSession, key: string, changed: () => void): Promise<void> {
    const ring = () => {
      this.watched = undefined;
      this.told = true;
      changed();
    };
    if (this.place?.key !== key) await this.queueUp(session, key);
    const queue = this.parts.paths.queueOf(key);
    const order = inOrder(await session.children(queue));
    const position = this.place === undefined ? -1 : order.indexOf(lastStep(this.place.path));
    if (position < 0) {
      this.forgetPlace();
      return ring();
    }
    const target = position === 0 ? this.parts.paths.lockOf(key) : `${queue}/${order[position - 1]}`;
    this.told = false;
    // A watch cannot be taken back: the one that stands is kept.
    if (this.watched === target) return;
    this.watched = target;
    const there = await session.watch(target, () => {
      if (this.watched === target) ring();
    });
    if (!there && this.watched === target) ring();
  }

  /** Leaves the place that it has, and takes the last one in the queue of that key. */
  private async queueUp(session: ZooKeeperSession, key: string): Promise<void> {
    const { paths } = this.parts;
    const { owner } = this.wish;
    await this.withdraw();
    for (let attempt = 1; attempt <= PLACE_TRIES_MAX; attempt += 1) {
      const mode = ZooKeeper.CreateMode.EPHEMERAL_SEQUENTIAL;
      const path = await makeNode(session, paths.placeOf(key, owner), { data: owner, mode });
      if (path !== undefined) {
        this.place = { session, key, path };
        return;
      }
      await makeNode(session, paths.queueOf(key), { data: '', mode: ZooKeeper.CreateMode.PERSISTENT });
    }
  }

  private forgetPlace(): void {
    this.place = undefined;
    this.watched = undefined;
    this.told = true;
  }
}
