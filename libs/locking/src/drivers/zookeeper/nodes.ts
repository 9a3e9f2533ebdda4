import ZooKeeper from 'node-zookeeper-client';
import { Refused, type ZooKeeperSession } from './zookeeper-session.js';

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

/** Whoever was the last in a folder finds it empty. Who comes in this moment makes it again. */
export async function removeIfEmpty(session: ZooKeeperSession, folder: string): Promise<void> {
  if ((await session.children(folder)).length === 0) await removeNode(session, folder);
}
