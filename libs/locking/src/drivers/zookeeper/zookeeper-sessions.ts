import { ZooKeeperSession, type SessionOptions } from './zookeeper-session.js';

/**
 * A session lives this much longer than the locks on it: a server reports to the others that the holder lives only every half tick, and a
 * tick is 2 s by default.
 */
export const MARGIN_MS = 1_000;

/** One session for all locks of about the same ttl: the timeout of a session cannot be changed. */
export class ZooKeeperSessions {
  private readonly sessions = new Map<number, ZooKeeperSession>();

  constructor(private readonly options: Omit<SessionOptions, 'timeoutMs'>) {}

  /**
   * A session that lives for at least `ttlMs` after each of its answers, or for as long as the servers allow.
   *
   * @throws {LockBackendUnavailable}
   */
  async covering(ttlMs: number): Promise<ZooKeeperSession> {
    const timeoutMs = Math.ceil((ttlMs + MARGIN_MS) / 1_000) * 1_000;
    const known = this.sessions.get(timeoutMs);
    const session = known === undefined || known.isOver ? this.open(timeoutMs) : known;
    await session.makeFolders();
    return session;
  }

  async close(): Promise<void> {
    await Promise.all([...this.sessions.values()].map((session) => session.close()));
  }

  private open(timeoutMs: number): ZooKeeperSession {
    const session = new ZooKeeperSession({ ...this.options, timeoutMs });
    this.sessions.set(timeoutMs, session);
    return session;
  }
}
