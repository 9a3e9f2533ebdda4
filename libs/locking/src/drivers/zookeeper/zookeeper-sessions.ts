import type { Paths } from './paths.js';
import { ZooKeeperSession, type SessionOptions } from './zookeeper-session.js';

/**
 * A session lives this much longer than the locks on it: a server reports to the others that the holder lives only every half tick, and a
 * tick is 2 s by default.
 */
export const MARGIN_MS = 1_000;

interface Slot {
  readonly session: ZooKeeperSession;
  /** Undefined until they are there. */
  folders: Promise<unknown> | undefined;
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
      slot = { session: new ZooKeeperSession({ ...this.options, timeoutMs }), folders: undefined };
      this.slots.set(timeoutMs, slot);
    }
    const { session } = slot;
    slot.folders ??= this.makeFolders(session);
    try {
      await slot.folders;
    } catch (error) {
      slot.folders = undefined;
      throw error;
    }
    return session;
  }

  async close(): Promise<void> {
    await Promise.all([...this.slots.values()].map(({ session }) => session.close()));
  }

  private makeFolders(session: ZooKeeperSession): Promise<unknown> {
    const { folders } = this.paths;
    return Promise.all(
      folders.map((folder) => session.call<string>((client, answer) => client.mkdirp(folder, answer))),
    );
  }
}
