import ZooKeeper from 'node-zookeeper-client';
import type { Paths } from './paths.js';
import { Refused, ZooKeeperSession, type SessionOptions } from './zookeeper-session.js';

/**
 * A session lives this much longer than the locks on it: a server passes on to the others that the holder lives only every half tick, and
 * a tick is 2 s by default.
 */
export const MARGIN_MS = 1_000;

interface Slot {
  readonly session: ZooKeeperSession;
  readonly folders: Promise<void>;
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
      const session = new ZooKeeperSession({ ...this.options, timeoutMs });
      slot = { session, folders: this.makeFolders(session) };
      this.slots.set(timeoutMs, slot);
    }
    try {
      await slot.folders;
    } catch (error) {
      if (this.slots.get(timeoutMs) === slot) {
        this.slots.set(timeoutMs, { session: slot.session, folders: this.makeFolders(slot.session) });
      }
      throw error;
    }
    return slot.session;
  }

  async close(): Promise<void> {
    await Promise.all([...this.slots.values()].map(({ session }) => session.close()));
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

/** Makes a node; `undefined` when one of its name is there, or its folder is not. */
export async function makeNode(
  session: ZooKeeperSession,
  path: string,
  { data, mode }: { data: string; mode: number },
): Promise<string | undefined> {
  try {
    return await session.call<string>((client, answer) => client.create(path, Buffer.from(data), mode, answer));
  } catch (error) {
    const { NO_NODE, NODE_EXISTS } = ZooKeeper.Exception;
    if (error instanceof Refused && [NO_NODE, NODE_EXISTS].includes(error.code)) return undefined;
    throw error;
  }
}

/** Whether it was there, and has no nodes in it. */
export async function removeNode(session: ZooKeeperSession, path: string): Promise<boolean> {
  try {
    await session.call<void>((client, answer) => client.remove(path, (error) => answer(error, undefined)));
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}
