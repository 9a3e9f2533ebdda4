import { statement, type Tx } from '#database';
import { newId } from '#kernel';

/** All of a return comes in, and what cannot be sold goes out again: the ledger shows both. */
export const RECEIVE_GOODS = statement(`
  WITH input AS (
    SELECT * FROM unnest($1::text[], $2::integer[], $3::integer[], $4::text[], $5::text[])
      AS input (sku, restocked, written_off, return_id, write_off_id)
  ), updated AS (
    UPDATE inventory.levels AS level SET on_hand = level.on_hand + input.restocked, version = level.version + 1
    FROM input WHERE level.sku = input.sku AND level.location = $6
    RETURNING level.sku, level.location, level.on_hand
  )
  INSERT INTO inventory.movements (id, sku, location, kind, delta, on_hand, reason, actor, reference)
  SELECT input.return_id, sku, location, 'return', input.restocked + input.written_off, on_hand + input.written_off,
    'returned', 'fulfilment', $7
  FROM updated JOIN input USING (sku)
  UNION ALL
  SELECT input.write_off_id, sku, location, 'write_off', -input.written_off, on_hand, 'returned unfit for sale', 'fulfilment', $7
  FROM updated JOIN input USING (sku) WHERE input.written_off > 0`);

export interface ReceivedLine {
  readonly sku: string;
  readonly restocked: number;
  readonly writtenOff: number;
}

/** Enters returned goods at a location. Its levels exist and are locked. @param lines each SKU once */
export async function receiveGoods(
  tx: Tx,
  lines: readonly ReceivedLine[],
  { location, reference }: { readonly location: string; readonly reference: string },
): Promise<void> {
  await tx.query(RECEIVE_GOODS, [
    lines.map(({ sku }) => sku),
    lines.map(({ restocked }) => restocked),
    lines.map(({ writtenOff }) => writtenOff),
    lines.map(() => newId('mov')),
    lines.map(() => newId('mov')),
    location,
    reference,
  ]);
}
