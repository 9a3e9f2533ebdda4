import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** The discount code that a buyer has put to a cart. What it is worth is not kept, like prices. */
export class CartDiscounts1764000310002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE cart.carts ADD COLUMN discount_code text');
  }
}
