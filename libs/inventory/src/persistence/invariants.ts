import type { Invariant } from '#database';

/** What always holds of stock. */
export const stockInvariants: readonly Invariant[] = [
  {
    name: 'inventory_on_hand_is_sum_of_movements',
    description: 'The units on hand of a level are the sum of its movements.',
    sql: `
      SELECT level.sku, level.location, level.on_hand, COALESCE(moved.units, 0) AS moved
      FROM inventory.levels AS level
      LEFT JOIN (SELECT sku, location, sum(delta) AS units FROM inventory.movements GROUP BY sku, location) AS moved
        USING (sku, location)
      WHERE level.on_hand <> COALESCE(moved.units, 0)`,
  },
  {
    name: 'inventory_reserved_is_sum_of_live_reservations',
    description:
      'What a level counts as reserved is the sum of its live reservations, and no reservation lacks its level.',
    sql: `
      SELECT sku, location, level.reserved, live.units AS held
      FROM inventory.levels AS level
      FULL JOIN (
        SELECT sku, location, sum(quantity - consumed) AS units FROM inventory.reservations
        WHERE status IN ('held', 'extended', 'committed') GROUP BY sku, location
      ) AS live USING (sku, location)
      WHERE COALESCE(level.reserved, -1) <> COALESCE(live.units, 0)`,
  },
  {
    name: 'inventory_reserved_within_on_hand',
    description: 'A level holds no fewer than no units, and no more than it has and may owe.',
    sql: `
      SELECT sku, location, on_hand, reserved, backorder_limit FROM inventory.levels
      WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand + backorder_limit`,
  },
  {
    name: 'inventory_committed_within_received',
    description:
      'The units of a SKU that are committed to paid orders or were shipped are no more than the units received and those that may be owed.',
    sql: `
      SELECT sku, sold.units AS sold, received.units AS received
      FROM (
        SELECT sku, sum(CASE WHEN status = 'committed' THEN quantity ELSE consumed END) AS units
        FROM inventory.reservations WHERE status = 'committed' OR consumed > 0 GROUP BY sku
      ) AS sold
      LEFT JOIN (
        SELECT sku, sum(delta) AS units FROM inventory.movements WHERE kind <> 'shipment' GROUP BY sku
      ) AS received USING (sku)
      LEFT JOIN (SELECT sku, sum(backorder_limit) AS units FROM inventory.levels GROUP BY sku) AS owed USING (sku)
      WHERE sold.units > COALESCE(received.units, 0) + COALESCE(owed.units, 0)`,
  },
  {
    name: 'inventory_consumed_has_left',
    description: 'The units of a SKU that orders were shipped are those that shipments took out of the ledger.',
    sql: `
      SELECT sku, COALESCE(consumed.units, 0) AS consumed, COALESCE(shipped.units, 0) AS shipped
      FROM (SELECT sku, sum(consumed) AS units FROM inventory.reservations WHERE consumed > 0 GROUP BY sku) AS consumed
      FULL JOIN (
        SELECT sku, -sum(delta) AS units FROM inventory.movements WHERE kind = 'shipment' GROUP BY sku
      ) AS shipped USING (sku)
      WHERE COALESCE(consumed.units, 0) <> COALESCE(shipped.units, 0)`,
  },
  {
    name: 'inventory_no_hold_past_its_time',
    description: 'No unpaid hold is left two minutes after its time: its order has given it back.',
    sql: `
      SELECT order_id, sku, location, status, expires_at FROM inventory.reservations
      WHERE status IN ('held', 'extended') AND expires_at < now() - interval '2 minutes'`,
  },
];
