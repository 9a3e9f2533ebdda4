import { PendingCleanup, type Cleanup } from './pending-cleanup.js';
import type { Paths } from './paths.js';
import { ZooKeeperSession, type SessionOptions } from './zookeeper-session.js';

/**
 * A session lives this much longer than the locks on it: a server reports to the others that the holder lives only every half tick, and a
 * tick is 2 s by default.
 */
export const MARGIN_MS = 1_000;

interface Slot {
  readonly session: ZooKeeperSession;
  readonly cleanup: PendingCleanup;
  folders: Promise<void>;
}

/** One session for all locks of about the same ttl: the timeout of a session cannot be changed. */
export class ZooKeeperSessions {
  private readonly slots = new Map<number, Slot>();

  constructor(
    private readonly options: Omit<SessionOptions, 'timeoutMs'>,
    private readonly paths: Paths,
  ) {}

  /**
   * A session that lives for at least `ttlMs` after each of its answers, or for as long as the servers allow.
   *
   * @throws {LockBackendUnavailable}
   */
  async covering(ttlMs: number): Promise<ZooKeeperSession> {
    const timeoutMs = Math.ceil((ttlMs + MARGIN_MS) / 1_000) * 1_000;
    let slot = this.slots.get(timeoutMs);
    if (slot === undefined || slot.session.isOver) {
      slot?.cleanup.stop();
      const session = new ZooKeeperSession({ ...this.options, timeoutMs });
      slot = { session, cleanup: new PendingCleanup(session, this.paths), folders: this.makeFolders(session) };
      this.slots.set(timeoutMs, slot);
    }
    const { folders } = slot;
    try {
      await folders;
    } catch (error) {
      if (slot.folders === folders) slot.folders = this.makeFolders(slot.session);
      throw error;
    }
    return slot.session;
  }

  /** Removes what an acquisition may have left in that session, now or later. Never rejects. */
  async cleanUp(session: ZooKeeperSession, cleanup: Cleanup): Promise<void> {
    // Any other session has ended, and all its nodes with it.
    const slot = [...this.slots.values()].find((each) => each.session === session);
    await slot?.cleanup.add(cleanup);
  }

  async close(): Promise<void> {
    const slots = [...this.slots.values()];
    for (const { cleanup } of slots) cleanup.stop();
    await Promise.all(slots.map(({ session }) => session.close()));
  }

  private makeFolders(session: ZooKeeperSession): Promise<void> {
    const made = Promise.all(this.paths.folders.map((folder) => makeFolder(session, folder))).then(() => undefined);
    made.catch(() => undefined); // `covering` rejects with it.
    return made;
  }
}

async function makeFolder(session: ZooKeeperSession, path: string): Promise<void> {
  await session.call<string>((client, answer) => client.mkdirp(path, answer));
}
