import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** The history names the states of all three axes. Nothing has moved the goods of an order so far. */
export class HistoryFulfilment1764000170003 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders.history ADD COLUMN from_fulfilment text, ADD COLUMN to_fulfilment text NOT NULL DEFAULT 'unfulfilled'`);
    await runner.query(`UPDATE orders.history SET from_fulfilment = 'unfulfilled' WHERE sequence > 1`);
    await runner.query('ALTER TABLE orders.history ALTER COLUMN to_fulfilment DROP DEFAULT');
  }
}
