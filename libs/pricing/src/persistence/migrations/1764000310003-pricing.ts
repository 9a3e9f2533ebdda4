import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * What comes to the prices of the catalogue. A use of a discount is a row as long as its order holds it, and `used` counts these rows: it is
 * what a buyer who takes the last use locks, and the CHECK is the last guard of the limit.
 */
export class Pricing1764000310003 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA pricing');
    await runner.query(DELIVERY_METHODS);
    await runner.query(TAX_RATES);
    await runner.query(DISCOUNTS);
    await runner.query(DISCOUNT_USES);
    await runner.query('CREATE INDEX discount_uses_of_email ON pricing.discount_uses (code, email_hash)');
    await runner.query(`
      CREATE INDEX discount_uses_of_customer ON pricing.discount_uses (code, customer_id) WHERE customer_id IS NOT NULL`);
  }
}

const DELIVERY_METHODS = `
  CREATE TABLE pricing.delivery_methods (
    id         text COLLATE "C" PRIMARY KEY,
    name       text NOT NULL,
    active     boolean NOT NULL,
    countries  jsonb NOT NULL CHECK (jsonb_typeof(countries) = 'array'),
    prices     jsonb NOT NULL CHECK (jsonb_typeof(prices) = 'array')
  )`;

const TAX_RATES = `
  CREATE TABLE pricing.tax_rates (
    country      text COLLATE "C" PRIMARY KEY,
    basis_points integer NOT NULL CHECK (basis_points BETWEEN 0 AND 10000),
    inclusive    boolean NOT NULL
  )`;

const DISCOUNTS = `
  CREATE TABLE pricing.discounts (
    code               text COLLATE "C" PRIMARY KEY,
    active             boolean NOT NULL,
    amount             bigint CHECK (amount > 0),
    basis_points       integer CHECK (basis_points BETWEEN 1 AND 10000),
    currency           char(3),
    min_subtotal       bigint CHECK (min_subtotal >= 0),
    valid_from         timestamptz,
    valid_to           timestamptz,
    uses_max           integer CHECK (uses_max > 0),
    uses_max_per_buyer integer CHECK (uses_max_per_buyer > 0),
    used               integer NOT NULL DEFAULT 0,
    CONSTRAINT discounts_fixed_or_percent CHECK ((amount IS NULL) <> (basis_points IS NULL)),
    CONSTRAINT discounts_amounts_have_currency CHECK (currency IS NOT NULL OR (amount IS NULL AND min_subtotal IS NULL)),
    CONSTRAINT discounts_used_within_limit CHECK (used >= 0 AND (uses_max IS NULL OR used <= uses_max))
  )`;

const DISCOUNT_USES = `
  CREATE TABLE pricing.discount_uses (
    order_id    text COLLATE "C" PRIMARY KEY,
    code        text COLLATE "C" NOT NULL REFERENCES pricing.discounts,
    customer_id text,
    email_hash  text NOT NULL
  )`;
