import { Leftovers, type Leftover } from './leftovers.js';
import type { Paths } from './paths.js';
import { ZooKeeperSession, type SessionOptions } from './zookeeper-session.js';

/**
 * A session lives this much longer than the locks on it: a server passes on to the others that the holder lives only every half tick, and
 * a tick is 2 s by default.
 */
export const MARGIN_MS = 1_000;

interface Slot {
  readonly session: ZooKeeperSession;
  readonly leftovers: Leftovers;
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
      slot?.leftovers.stop();
      const session = new ZooKeeperSession({ ...this.options, timeoutMs });
      slot = { session, leftovers: new Leftovers(session, this.paths), folders: this.makeFolders(session) };
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

  /** Frees what the claim may have left in that session. Never rejects: what cannot be done now is done later. */
  async takeBack(session: ZooKeeperSession, leftover: Leftover): Promise<void> {
    // A session that is not among them is over, and what hung on it is gone.
    const slot = [...this.slots.values()].find((each) => each.session === session);
    await slot?.leftovers.takeBack(leftover);
  }

  async close(): Promise<void> {
    const slots = [...this.slots.values()];
    for (const { leftovers } of slots) leftovers.stop();
    await Promise.all(slots.map(({ session }) => session.close()));
  }

  private makeFolders(session: ZooKeeperSession): Promise<void> {
    const made = Promise.all(this.paths.folders.map((folder) => makeFolder(session, folder))).then(() => undefined);
    made.catch(() => undefined); // Told to whoever asks for the session.
    return made;
  }
}

async function makeFolder(session: ZooKeeperSession, path: string): Promise<void> {
  await session.call<string>((client, answer) => client.mkdirp(path, answer));
}
