import ZooKeeper, { type Stat } from 'node-zookeeper-client';
import type { AcquireRequest } from '../driver.js';
import type { Paths } from './paths.js';
import type { ZooKeeperSession } from './zookeeper-session.js';

/** The locks of one acquisition. */
type Owned = Pick<AcquireRequest, 'keys' | 'owner'>;

/** The token: the transaction that created the node. */
export const tokenOf = (stat: Stat): bigint => stat.czxid.readBigInt64BE();

/** Makes the locks, all or none. @param place removed in the same transaction, if there is one @returns whether all were free */
export function makeLocks(
  session: ZooKeeperSession,
  paths: Paths,
  { keys, owner, place }: Owned & { readonly place: string | undefined },
): Promise<boolean> {
  const { EPHEMERAL } = ZooKeeper.CreateMode;
  return session.commit((transaction) => {
    for (const key of keys) {
      transaction.create(paths.lockOf(key), Buffer.from(owner), EPHEMERAL).create(paths.ownOf(key, owner), EPHEMERAL);
    }
    if (place !== undefined) transaction.remove(place);
  });
}

/** Takes the locks from their owner, all or none. @returns whether the owner still had all of them */
export function removeLocks(session: ZooKeeperSession, paths: Paths, { keys, owner }: Owned): Promise<boolean> {
  return session.commit((transaction) => {
    for (const key of keys) transaction.remove(paths.ownOf(key, owner)).remove(paths.lockOf(key));
  });
}

/**
 * Removes what an acquisition may have left, whose last request was not answered. A session's requests are carried out in their order, so
 * this comes after that request.
 */
export async function removeTraces(session: ZooKeeperSession, paths: Paths, { keys, owner }: Owned): Promise<void> {
  const names = await session.children(paths.places);
  for (const key of keys) {
    const own = paths.queueOf(key, names).filter((place) => place.startsWith(paths.placeOf(key, owner)));
    for (const place of own) await session.remove(place);
    if ((await session.read(paths.lockOf(key)))?.data === owner) {
      await removeLocks(session, paths, { keys: [key], owner });
    }
  }
}
