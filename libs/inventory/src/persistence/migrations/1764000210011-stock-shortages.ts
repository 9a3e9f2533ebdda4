import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * What counts took from orders: the event of a shortage is verified by these rows. And why a reservation was released: its order was
 * cancelled, or a count found too little.
 */
export class StockShortages1764000210011 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inventory.shortages (
        movement_id text COLLATE "C" NOT NULL REFERENCES inventory.movements,
        order_id    text COLLATE "C" NOT NULL,
        sku         text COLLATE "C" NOT NULL,
        quantity    integer NOT NULL CHECK (quantity > 0),
        PRIMARY KEY (movement_id, order_id, sku)
      )`);
    await runner.query('ALTER TABLE inventory.reservations ADD COLUMN release_cause text COLLATE "C"');
    await runner.query(`UPDATE inventory.reservations SET release_cause = 'cancelled' WHERE status = 'released'`);
    await runner.query(`
      ALTER TABLE inventory.reservations ADD CONSTRAINT reservations_release_has_cause CHECK (
        CASE WHEN status = 'released' THEN release_cause IS NOT NULL AND release_cause IN ('cancelled', 'shorted')
        ELSE release_cause IS NULL END)`);
  }
}
