import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** The number of an event has one name everywhere: sequence. */
export class OrderSequences1764000160001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders.orders RENAME COLUMN last_seq TO last_sequence');
    await runner.query('ALTER TABLE orders.history RENAME COLUMN seq TO sequence');
  }
}
