import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** When a hold was to end at first: a payment puts the end off by a limited time, and one without money takes that back. */
export class FirstHoldEnds1764000170002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE inventory.reservations ADD COLUMN first_expires_at timestamptz');
    await runner.query('UPDATE inventory.reservations SET first_expires_at = expires_at');
    await runner.query('ALTER TABLE inventory.reservations ALTER COLUMN first_expires_at SET NOT NULL');
  }
}
