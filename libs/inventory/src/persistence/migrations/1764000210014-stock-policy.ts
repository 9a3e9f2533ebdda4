import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** What a level keeps back, how far it may be promised beyond what lies there, and when it counts as low. */
export class StockPolicy1764000210014 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE inventory.levels
        ADD COLUMN safety_stock    integer NOT NULL DEFAULT 0 CHECK (0 <= safety_stock AND safety_stock <= 1000000000),
        ADD COLUMN backorder_limit integer NOT NULL DEFAULT 0 CHECK (0 <= backorder_limit AND backorder_limit <= 1000000000),
        ADD COLUMN low_stock_at    integer CHECK (0 <= low_stock_at AND low_stock_at <= 1000000000),
        ADD CONSTRAINT levels_on_hand_not_negative CHECK (on_hand >= 0),
        DROP CONSTRAINT levels_reserved_within_on_hand`);
    await runner.query(`
      ALTER TABLE inventory.levels ADD CONSTRAINT levels_reserved_within_on_hand
      CHECK (0 <= reserved AND reserved <= on_hand + backorder_limit)`);
  }
}
