import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** The number of an event has one name everywhere: sequence. */
export class ReservationSequences1764000160003 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE inventory.reservations RENAME COLUMN last_seq TO last_sequence');
    await runner.query('ALTER TABLE inventory.reservations RENAME COLUMN held_seq TO held_sequence');
  }
}
