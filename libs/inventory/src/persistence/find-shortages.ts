import type { ClaimedShortage } from '#contracts';
import { col, statement, type Reader } from '#database';

export const FIND_SHORTAGES = statement(
  `SELECT input.place::integer AS place, shortage.sku, shortage.quantity
   FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS input (movement_id, order_id, place)
   JOIN inventory.shortages AS shortage USING (movement_id, order_id)`,
  { place: col.integer(), sku: col.text(), quantity: col.integer() },
);

/** What each of these counts took from the order named with it, by the place of the claim in the list. */
export async function findShortages(
  db: Reader,
  claims: readonly Pick<ClaimedShortage, 'movementId' | 'orderId'>[],
): Promise<ReadonlyMap<string, number>[]> {
  const taken = claims.map(() => new Map<string, number>());
  if (claims.length === 0) return taken;
  const { rows } = await db.query(FIND_SHORTAGES, [
    claims.map(({ movementId }) => movementId),
    claims.map(({ orderId }) => orderId),
  ]);
  for (const { place, sku, quantity } of rows) taken[place - 1]?.set(sku, quantity);
  return taken;
}
