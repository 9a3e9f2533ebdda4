import ZooKeeper, { type Stat, type Transaction } from 'node-zookeeper-client';
import { Refused, type ZooKeeperSession } from './zookeeper-session.js';

/** The node of a lock, and the node that proves whose lock it is. */
export interface LockNodes {
  readonly lock: string;
  readonly own: string;
}

const { EPHEMERAL } = ZooKeeper.CreateMode;

/** All or none. @param place removed in the same transaction, if there is one @returns whether all were free */
export function makeLocks(
  session: ZooKeeperSession,
  nodes: readonly LockNodes[],
  { owner, place }: { owner: string; place: string | undefined },
): Promise<boolean> {
  return commit(session, (transaction) => {
    for (const { lock, own } of nodes) transaction.create(lock, Buffer.from(owner), EPHEMERAL).create(own, EPHEMERAL);
    if (place !== undefined) transaction.remove(place);
  });
}

/** All or none. @returns whether the holder still had all of them */
export function takeFrom(session: ZooKeeperSession, nodes: readonly LockNodes[]): Promise<boolean> {
  return commit(session, (transaction) => {
    for (const { lock, own } of nodes) transaction.remove(own).remove(lock);
  });
}

/**
 * Resolves when a majority has answered the session. A server answers reads from its own state, although it may be cut off from the others;
 * reads that follow this call are not older than the majority's answer.
 */
export async function askMajority(session: ZooKeeperSession, path: string): Promise<void> {
  await commit(session, (transaction) => transaction.check(path));
}

/** The token: the transaction that created the node. */
export const tokenOf = (stat: Stat): bigint => stat.czxid.readBigInt64BE();

async function commit(session: ZooKeeperSession, fill: (transaction: Transaction) => unknown): Promise<boolean> {
  try {
    await session.call<unknown>((client, answer) => {
      const transaction = client.transaction();
      fill(transaction);
      transaction.commit(answer);
    });
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}
