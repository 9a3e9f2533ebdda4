import { Injectable } from '@nestjs/common';
import { Purge, statement, type Tx } from '#database';

const KEPT_HOURS = 72;

export const DELETE_OLD_KEYS = statement(`
  DELETE FROM commands.idempotency_keys WHERE id IN (
    SELECT id FROM commands.idempotency_keys WHERE created_at < now() - make_interval(hours => ${KEPT_HOURS})
    LIMIT $1 FOR UPDATE SKIP LOCKED)`);

/** Deletes keys that are no longer kept. */
@Injectable()
export class IdempotencyPurge extends Purge {
  protected readonly what = 'idempotency keys';

  protected async deleteBatch(tx: Tx, batchMax: number): Promise<number> {
    return (await tx.query(DELETE_OLD_KEYS, [batchMax])).count;
  }
}
