import type { Paths } from './paths.js';
import { takeFrom } from './lock-nodes.js';
import type { ZooKeeperSession } from './zookeeper-session.js';
import { removeNode } from './zookeeper-sessions.js';

const RETRY_MS = 250;

/** What a claim may have left on the server, because the answer to its last request did not come. */
export interface Leftover {
  readonly session: ZooKeeperSession;
  readonly owner: string;
  readonly keys: readonly string[];
}

/**
 * Takes back what nobody knows of, and what would live for as long as this process's session. Requests of a session are carried out in
 * their order, so this one comes after the one that is in doubt. Tried again until it is done, or the session is over.
 */
export class Leftovers {
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(private readonly paths: Paths) {}

  async takeBack(leftover: Leftover): Promise<void> {
    if (this.stopped || leftover.session.isOver) return;
    try {
      for (const key of leftover.keys) await this.takeOneBack(leftover, key);
    } catch {
      this.retry(leftover); // The session has told of it.
    }
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
  }

  private async takeOneBack({ session, owner }: Leftover, key: string): Promise<void> {
    const queue = this.paths.queueOf(key);
    const waiting = await session.children(queue);
    const places = waiting.map((name) => `${queue}/${name}`);
    const ours = places.filter((place) => place.startsWith(this.paths.placeOf(key, owner)));
    await Promise.all(ours.map((place) => removeNode(session, place)));
    if (ours.length > 0 && ours.length === waiting.length) await removeNode(session, queue);
    const lock = this.paths.lockOf(key);
    if ((await session.data(lock)) === owner) await takeFrom(session, [{ lock, own: this.paths.ownOf(key, owner) }]);
  }

  private retry(leftover: Leftover): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void this.takeBack(leftover);
    }, RETRY_MS).unref();
    this.timers.add(timer);
  }
}
