import { statement } from '#database';

/** Only where as many units stay as orders hold, less those that may be owed. */
export const INSERT_MOVEMENT = statement(`
  WITH updated AS (
    UPDATE inventory.levels SET on_hand = on_hand + $3, version = version + 1
    WHERE sku = $1 AND location = $2 AND on_hand + $3 >= 0 AND on_hand + $3 + backorder_limit >= reserved
    RETURNING sku, location, on_hand
  )
  INSERT INTO inventory.movements (id, sku, location, kind, delta, on_hand, reason, actor, reference)
  SELECT $4, sku, location, $5, $3, on_hand, $6, $7, $8 FROM updated`);
