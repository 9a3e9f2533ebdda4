import ZooKeeper from 'node-zookeeper-client';
import { Refused, type ZooKeeperSession } from './zookeeper-session.js';

/** Creates a node; `undefined` when the name is taken or its folder is missing. */
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

/** @returns whether it was there and empty */
export async function removeNode(session: ZooKeeperSession, path: string): Promise<boolean> {
  try {
    await session.call<void>((client, answer) => client.remove(path, (error) => answer(error, undefined)));
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** A waiter that comes at this moment creates the folder again. */
export async function removeIfEmpty(session: ZooKeeperSession, folder: string): Promise<void> {
  if ((await session.children(folder)).length === 0) await removeNode(session, folder);
}
