import { Logger } from '@nestjs/common';
import { recordAudit } from '#audit';
import type { Transactions } from '#database';
import type { HeldLock, LockDriver } from './drivers/driver.js';

/** Which lock is taken from its holder, who decided it, and why. */
export interface ForcedRelease {
  readonly key: string;
  readonly actor: string;
  /** 1 to 500 characters. */
  readonly reason: string;
}

/** For operators: lists the locks of all processes, and takes one from its holder. */
export class LockAdmin {
  private readonly logger = new Logger(LockAdmin.name);

  /** @param driver undefined when locking is switched off */
  constructor(private readonly driver: LockDriver | undefined) {}

  /**
   * Up to `limit` held keys, sorted.
   *
   * @throws {LockBackendUnavailable}
   */
  async list(limit: number): Promise<readonly HeldLock[]> {
    const held = [...((await this.driver?.heldLocks(limit)) ?? [])];
    return held.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  /**
   * Takes the key from its holder, who notices by the next renewal. Every later token is greater, so a guarded write of the former holder is
   * refused once the next holder has written. The audit gets two entries: `lock.force_release` before it is done, since the lock service is in
   * no transaction, and `lock.force_released` with its outcome. The first without the second is an attempt whose outcome is unknown.
   *
   * @returns whether the key was held
   * @throws {LockBackendUnavailable}
   */
  async forceRelease(transactions: Transactions, { key, actor, reason }: ForcedRelease): Promise<boolean> {
    const record = (action: string, after: object | null) =>
      transactions.run((tx) =>
        recordAudit(tx, actor, [{ action, subject: { type: 'lock', id: key }, before: null, after, reason }]),
      );
    await record('lock.force_release', null);
    const wasHeld = (await this.driver?.forceRelease(key)) ?? false;
    await record('lock.force_released', { wasHeld });
    this.logger.warn({ msg: 'An operator released a lock by force', key, actor, reason, wasHeld });
    return wasHeld;
  }
}
