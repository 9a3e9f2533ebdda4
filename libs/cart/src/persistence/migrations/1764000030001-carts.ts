import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Carts and what is in them. Names and prices are absent on purpose: they are the catalogue's until an order keeps them. A cart that
 * is ordered names its order, and an order is made from one cart only, whatever the code believes.
 */
export class Carts1764000030001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA cart');
    await runner.query(`
      CREATE TABLE cart.carts (
        id          text COLLATE "C" PRIMARY KEY,
        status      text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'ordered', 'merged', 'abandoned')),
        currency    char(3) NOT NULL,
        token_hash  text NOT NULL,
        customer_id text,
        order_id    text COLLATE "C",
        version     integer NOT NULL DEFAULT 1,
        created_at  timestamptz NOT NULL DEFAULT now(),
        updated_at  timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT carts_ordered_names_order CHECK ((status = 'ordered') = (order_id IS NOT NULL))
      )`);
    await runner.query(`
      CREATE UNIQUE INDEX carts_one_an_order ON cart.carts (order_id) WHERE order_id IS NOT NULL`);
    await runner.query(`
      CREATE TABLE cart.items (
        cart_id  text COLLATE "C" NOT NULL REFERENCES cart.carts,
        sku      text COLLATE "C" NOT NULL,
        quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 999),
        position integer NOT NULL,
        PRIMARY KEY (cart_id, sku)
      )`);
  }
}
