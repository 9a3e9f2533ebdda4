import type { OpeningStock } from '#contracts';
import { col, statement, type Tx } from '#database';
import { newId } from '#kernel';
import { DEFAULT_LOCATION } from './stock-level.entity.js';

export const OPEN_LEVELS = statement(
  `WITH input AS (
     SELECT * FROM unnest($1::text[], $2::integer[], $3::text[]) AS input (sku, on_hand, movement_id)
   ), inserted AS (
     INSERT INTO inventory.levels (sku, location, on_hand)
     SELECT sku, $4, on_hand FROM input ORDER BY sku
     ON CONFLICT DO NOTHING
     RETURNING sku, location, on_hand
   )
   INSERT INTO inventory.movements (id, sku, location, kind, delta, on_hand, reason, actor)
   SELECT input.movement_id, sku, inserted.location, 'opening', inserted.on_hand, inserted.on_hand, 'opening stock', $5
   FROM inserted JOIN input USING (sku)
   RETURNING sku`,
  { sku: col.text() },
);

/** Creates missing levels at a location, each with its first movement. Returns their SKUs. */
export async function openLevels(
  tx: Tx,
  levels: readonly OpeningStock[],
  actor: string,
  location = DEFAULT_LOCATION,
): Promise<Set<string>> {
  const { rows } = await tx.query(OPEN_LEVELS, [
    levels.map(({ sku }) => sku),
    levels.map(({ onHand }) => onHand),
    levels.map(() => newId('mov')),
    location,
    actor,
  ]);
  return new Set(rows.map(({ sku }) => sku));
}
