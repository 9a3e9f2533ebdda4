import { takeFrom } from './lock-nodes.js';
import { removeIfEmpty, removeNode } from './nodes.js';
import type { Paths } from './paths.js';
import type { ZooKeeperSession } from './zookeeper-session.js';

const RETRY_MS = 250;

/** What a claim that is over may have left on the server, because the answer to its last request did not come. */
interface Remains {
  readonly owner: string;
  readonly keys: readonly string[];
}

/** A place in a queue, given up by a claim that goes on and may have the lock of that queue when the place is taken back. */
interface GivenUp {
  readonly place: string;
  readonly queue: string;
}

export type Leftover = Remains | GivenUp;

/**
 * Takes back what nobody knows of, and what would live for as long as the session. Requests of a session are carried out in their order,
 * so this one comes after the one that is in doubt. Tried again until it is done, or the session is over.
 */
export class Leftovers {
  private readonly left = new Set<Leftover>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly session: ZooKeeperSession,
    private readonly paths: Paths,
  ) {}

  /** Now, unless others wait for the session to answer again: then after them. */
  async takeBack(leftover: Leftover): Promise<void> {
    if (this.left.size === 0 && (await this.takesBack(leftover))) return;
    this.left.add(leftover);
    this.tryLater();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.left.clear();
  }

  private tryLater(): void {
    if (this.session.isOver) this.left.clear();
    if (this.left.size === 0 || this.stopped) return;
    this.timer ??= setTimeout(() => void this.tryNow(), RETRY_MS).unref();
  }

  /** Ends with the first that fails: the others would not fare better. */
  private async tryNow(): Promise<void> {
    for (const leftover of this.left) {
      if (!(await this.takesBack(leftover))) break;
      this.left.delete(leftover);
    }
    this.timer = undefined;
    this.tryLater();
  }

  private async takesBack(leftover: Leftover): Promise<boolean> {
    try {
      if ('place' in leftover) await this.leave(leftover);
      else for (const key of leftover.keys) await this.clear(leftover.owner, key);
      return true;
    } catch {
      return false; // The session has told of it.
    }
  }

  private async leave({ place, queue }: GivenUp): Promise<void> {
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
