import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Where stock lies. A shop begins with one place, which also receives returns. */
export class Locations1764000210013 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inventory.locations (
        id               text COLLATE "C" PRIMARY KEY,
        name             text NOT NULL,
        active           boolean NOT NULL,
        priority         integer NOT NULL,
        receives_returns boolean NOT NULL
      )`);
    await runner.query(`INSERT INTO inventory.locations VALUES ('default', 'Default', true, 0, true)`);
    await runner.query('ALTER TABLE inventory.levels ADD FOREIGN KEY (location) REFERENCES inventory.locations');
  }
}
