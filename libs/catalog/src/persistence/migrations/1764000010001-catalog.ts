import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** A price a currency, in minor units: a product without one in a currency is not sold in it. SKUs sort as bytes, like the cursors over them. */
export class Catalog1764000010001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA catalog');
    await runner.query(`
      CREATE TABLE catalog.products (
        sku           text COLLATE "C" PRIMARY KEY,
        name          text NOT NULL,
        active        boolean NOT NULL,
        max_per_order integer CHECK (max_per_order > 0),
        created_at    timestamptz NOT NULL DEFAULT now(),
        updated_at    timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE catalog.prices (
        sku      text COLLATE "C" NOT NULL REFERENCES catalog.products,
        currency char(3) COLLATE "C" NOT NULL,
        amount   bigint NOT NULL CHECK (amount >= 0),
        PRIMARY KEY (sku, currency)
      )`);
  }
}
