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
        SELECT sku, location, sum(quantity) AS units FROM inventory.reservations
        WHERE status IN ('held', 'extended', 'committed') GROUP BY sku, location
      ) AS live USING (sku, location)
      WHERE COALESCE(level.reserved, -1) <> COALESCE(live.units, 0)`,
  },
  {
    name: 'inventory_reserved_within_on_hand',
    description: 'A level holds no fewer than no units and no more than it has.',
    sql: `
      SELECT sku, location, on_hand, reserved FROM inventory.levels WHERE reserved < 0 OR reserved > on_hand`,
  },
  {
    name: 'inventory_committed_within_received',
    description: 'The units committed to paid orders or shipped are no more than the units received.',
    sql: `
      SELECT sold.sku, sold.location, sold.units AS sold, COALESCE(received.units, 0) AS received
      FROM (
        SELECT sku, location, sum(quantity) AS units FROM inventory.reservations
        WHERE status IN ('committed', 'consumed') GROUP BY sku, location
      ) AS sold
      LEFT JOIN (SELECT sku, location, sum(delta) AS units FROM inventory.movements GROUP BY sku, location) AS received
        USING (sku, location)
      WHERE sold.units > COALESCE(received.units, 0)`,
  },
  {
    name: 'inventory_no_hold_past_its_time',
    description: 'No unpaid hold is left two minutes after its time: its order has given it back.',
    sql: `
      SELECT order_id, sku, location, status, expires_at FROM inventory.reservations
      WHERE status IN ('held', 'extended') AND expires_at < now() - interval '2 minutes'`,
  },
];
