import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** What is looked through for carts to give up. The time of the last change is not in it, so that changing a cart touches no index. */
export class UnorderedCarts1764000030002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX carts_unordered ON cart.carts (created_at) WHERE status IN ('active', 'abandoned', 'merged')`);
  }
}
