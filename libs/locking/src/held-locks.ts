import { Logger } from '@nestjs/common';
import type { Transactions } from '#database';
import type { Holding, LockDriver } from './drivers/driver.js';

/** Who shall lose a lock, by whose decision and why. */
export interface ForcedRelease {
  readonly key: string;
  readonly actor: string;
  /** 1 to 500 characters. */
  readonly reason: string;
}

/** For operators: who holds what, in all processes, and a way to end it. */
export class HeldLocks {
  private readonly logger = new Logger(HeldLocks.name);

  /** @param driver undefined when locks are switched off: then nobody holds anything */
  constructor(private readonly driver: LockDriver | undefined) {}

  /**
   * Up to `limit` keys that are held, sorted.
   *
   * @throws {LockBackendUnavailable}
   */
  async list(limit: number): Promise<readonly Holding[]> {
    const holdings = [...((await this.driver?.holders(limit)) ?? [])];
    return holdings.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  /**
   * Takes the key from its holder, who is told by the next renewal; every later token is greater, so a guarded write of the former holder
   * is refused once the next one was there. Recorded in `locking.releases` before it is done: a row without an outcome is an attempt of
   * which nothing more is known.
   *
   * @returns whether anybody had the key
   * @throws {LockBackendUnavailable}
   */
  async release(transactions: Transactions, { key, actor, reason }: ForcedRelease): Promise<boolean> {
    const id = await transactions.run(async (tx) => {
      const { rows } = await tx.query<{ id: string }>(
        'INSERT INTO locking.releases (key, actor, reason) VALUES ($1, $2, $3) RETURNING id',
        [key, actor, reason],
      );
      return rows[0]?.id;
    });
    const wasHeld = (await this.driver?.forceRelease(key)) ?? false;
    await transactions.run((tx) => tx.query('UPDATE locking.releases SET was_held = $2 WHERE id = $1', [id, wasHeld]));
    this.logger.warn({ msg: 'A lock was taken from its holder by order', key, actor, reason, wasHeld });
    return wasHeld;
  }
}
