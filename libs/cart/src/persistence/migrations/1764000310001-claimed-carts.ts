import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** A cart that a customer has taken over has no token any more. The index finds the other cart that the customer has. */
export class ClaimedCarts1764000310001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE cart.carts ALTER COLUMN token_hash DROP NOT NULL');
    await runner.query(`
      ALTER TABLE cart.carts ADD CONSTRAINT carts_open_to_somebody CHECK (token_hash IS NOT NULL OR customer_id IS NOT NULL)`);
    await runner.query(`
      CREATE INDEX carts_active_of_customer ON cart.carts (customer_id) WHERE status = 'active' AND customer_id IS NOT NULL`);
  }
}
