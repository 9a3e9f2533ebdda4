import { takeFrom } from './lock-nodes.js';
import { removeIfEmpty, removeNode } from './nodes.js';
import type { Paths } from './paths.js';
import type { ZooKeeperSession } from './zookeeper-session.js';

const RETRY_MS = 250;

/** Nodes that an ended acquisition may have left, because the answer to its last request did not come. */
interface UncertainNodes {
  readonly owner: string;
  readonly keys: readonly string[];
}

/** A place in a queue. Its acquisition goes on, and may hold the lock of that queue when the place is removed. */
interface AbandonedPlace {
  readonly place: string;
  readonly queue: string;
}

export type Cleanup = UncertainNodes | AbandonedPlace;

/**
 * Removes nodes that nobody knows of and that would live as long as the session. A session's requests are carried out in their order, so a
 * cleanup comes after the uncertain request. Retried until it is done or the session has ended.
 */
export class PendingCleanup {
  private readonly pending = new Set<Cleanup>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly session: ZooKeeperSession,
    private readonly paths: Paths,
  ) {}

  /** At once, or after the cleanups that wait for the session to answer again. */
  async add(cleanup: Cleanup): Promise<void> {
    if (this.pending.size === 0 && (await this.succeeds(cleanup))) return;
    this.pending.add(cleanup);
    this.tryLater();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.pending.clear();
  }

  private tryLater(): void {
    if (this.session.isOver) this.pending.clear();
    if (this.pending.size === 0 || this.stopped) return;
    this.timer ??= setTimeout(() => void this.tryNow(), RETRY_MS).unref();
  }

  /** Stops at the first failure: the others would fail too. */
  private async tryNow(): Promise<void> {
    for (const cleanup of this.pending) {
      if (!(await this.succeeds(cleanup))) break;
      this.pending.delete(cleanup);
    }
    this.timer = undefined;
    this.tryLater();
  }

  private async succeeds(cleanup: Cleanup): Promise<boolean> {
    try {
      if ('place' in cleanup) await this.leave(cleanup);
      else for (const key of cleanup.keys) await this.clear(cleanup.owner, key);
      return true;
    } catch {
      return false; // The session has logged it.
    }
  }

  private async leave({ place, queue }: AbandonedPlace): Promise<void> {
    await removeNode(this.session, place);
    await removeIfEmpty(this.session, queue);
  }

  private async clear(owner: string, key: string): Promise<void> {
    const { session, paths } = this;
    const queue = paths.queueOf(key);
    const places = (await session.children(queue)).map((name) => `${queue}/${name}`);
    const ours = places.filter((place) => place.startsWith(paths.placeOf(key, owner)));
    await Promise.all(ours.map((place) => removeNode(session, place)));
    await removeIfEmpty(session, queue);
    const lock = paths.lockOf(key);
    if ((await session.data(lock)) === owner) await takeFrom(session, [{ lock, own: paths.ownOf(key, owner) }]);
  }
}
