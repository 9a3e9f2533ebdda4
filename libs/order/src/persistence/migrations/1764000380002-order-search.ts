import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * What staff search by, each with the id behind it: a page is read in the order of ids from where the last one ended, and sorted by nobody.
 * When an order was placed is in its id. Numbers are unique, so they have an index.
 */
export class OrderSearch1764000380002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX orders_by_email ON orders.orders (lower(email), id)');
    await runner.query(
      'CREATE INDEX orders_by_states ON orders.orders (status, payment_status, fulfilment_status, id)',
    );
    await runner.query('CREATE INDEX lines_by_sku ON orders.lines (sku, order_id)');
  }
}
