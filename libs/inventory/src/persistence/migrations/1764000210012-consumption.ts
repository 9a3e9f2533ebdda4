import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Shipments take committed units away, also a part of a reservation; returns bring units back. Each shipment and each return enters a
 * level once, however often its event arrives.
 */
export class Consumption1764000210012 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE inventory.reservations ADD COLUMN consumed integer NOT NULL DEFAULT 0');
    await runner.query(`UPDATE inventory.reservations SET consumed = quantity WHERE status = 'consumed'`);
    await runner.query(`
      ALTER TABLE inventory.reservations ADD CONSTRAINT reservations_consumed_within_quantity CHECK (
        CASE status
          WHEN 'consumed' THEN consumed = quantity
          WHEN 'committed' THEN 0 <= consumed AND consumed < quantity
          WHEN 'released' THEN 0 <= consumed AND consumed < quantity
          ELSE consumed = 0
        END)`);
    await runner.query('ALTER TABLE inventory.movements DROP CONSTRAINT movements_kind_check');
    await runner.query(`
      ALTER TABLE inventory.movements ADD CONSTRAINT movements_kind_check
      CHECK (kind IN ('opening', 'adjustment', 'count', 'transfer', 'shipment', 'return', 'write_off'))`);
    await runner.query(`
      CREATE UNIQUE INDEX movements_of_goods_once ON inventory.movements (reference, kind, sku, location)
      WHERE kind IN ('shipment', 'return', 'write_off')`);
    await runner.query('CREATE INDEX movements_of_sku ON inventory.movements (sku, id)');
  }
}
