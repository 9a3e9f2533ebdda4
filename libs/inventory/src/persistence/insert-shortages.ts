import { statement, type Tx } from '#database';
import type { Id } from '#kernel';
import type { ShortedReservation } from './short-reservations.js';

export const INSERT_SHORTAGES = statement(`
  INSERT INTO inventory.shortages (movement_id, order_id, sku, quantity)
  SELECT $1, order_id, sku, quantity
  FROM unnest($2::text[], $3::text[], $4::integer[]) AS input (order_id, sku, quantity)`);

/** Keeps what a count took from orders, so that its events can be verified. */
export async function insertShortages(
  tx: Tx,
  movementId: Id<'mov'>,
  shorted: readonly ShortedReservation[],
): Promise<void> {
  await tx.query(INSERT_SHORTAGES, [
    movementId,
    shorted.map(({ orderId }) => orderId),
    shorted.map(({ sku }) => sku),
    shorted.map(({ quantity }) => quantity),
  ]);
}
