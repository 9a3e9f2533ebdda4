import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** What an order keeps of delivery, discount and tax. Orders that are there already have neither, and their lines no parts of them. */
export class OrderCharges1764000310004 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE orders.orders
        ADD COLUMN included_tax bigint NOT NULL DEFAULT 0 CHECK (included_tax >= 0),
        ADD COLUMN delivery_tax bigint NOT NULL DEFAULT 0 CHECK (delivery_tax >= 0),
        ADD COLUMN delivery_method_name text,
        ADD COLUMN discount_code text`);
    await runner.query(`
      ALTER TABLE orders.lines
        ADD COLUMN discount bigint NOT NULL DEFAULT 0,
        ADD COLUMN tax bigint NOT NULL DEFAULT 0 CHECK (tax >= 0),
        ADD CONSTRAINT lines_discount_within_total CHECK (discount BETWEEN 0 AND line_total)`);
  }
}
