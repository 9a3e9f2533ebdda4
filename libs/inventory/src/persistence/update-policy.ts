import { statement } from '#database';

/** Only where orders hold no more than may then be owed. */
export const UPDATE_POLICY = statement(`
  UPDATE inventory.levels SET safety_stock = $3, backorder_limit = $4, low_stock_at = $5, version = version + 1
  WHERE sku = $1 AND location = $2 AND reserved <= on_hand + $4`);
