import { Injectable } from '@nestjs/common';
import { ExternalCommand, type Closing, type Opening, type Outcome } from '#commands';
import { Transactions, type Tx } from '#database';
import { LockAdmin, type ForcedRelease } from '#locking';

/**
 * Takes a lock from its holder. In no transaction: the release commits audit entries of its own, and a rerun would take the lock from the next
 * holder. A request that is resumed releases once more, since nobody knows whether the first release was done.
 */
@Injectable()
export class ReleaseLock extends ExternalCommand<ForcedRelease, undefined, boolean, boolean> {
  constructor(
    private readonly locks: LockAdmin,
    private readonly transactions: Transactions,
  ) {
    super();
  }

  override newResource({ key }: ForcedRelease): string {
    return key;
  }

  override async open(_tx: Tx, openings: readonly Opening<ForcedRelease>[]): Promise<readonly Outcome<undefined>[]> {
    return openings.map(() => ({ result: undefined }));
  }

  override async resume(): Promise<undefined> {
    return undefined;
  }

  /** Whether the key was held. @throws {LockBackendUnavailable} */
  override call(_opened: undefined, { request }: Opening<ForcedRelease>): Promise<boolean> {
    return this.locks.forceRelease(this.transactions, request);
  }

  override async finish(
    _tx: Tx,
    closings: readonly Closing<undefined, boolean>[],
  ): Promise<readonly Outcome<boolean>[]> {
    return closings.map(({ called }) => ({ result: called }));
  }
}
