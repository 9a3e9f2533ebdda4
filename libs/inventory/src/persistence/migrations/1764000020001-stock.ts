import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Levels are updated by every order, so their pages keep half of the room free: an update then stays on its page and touches no index.
 *
 * A reservation says with a time for each state it was in how it got where it is, and a CHECK refuses a row whose times do not lead to
 * its status. Its key names the order, so the whole life of an order is found by one index; the index over live ones serves "who holds
 * this SKU" and keeps an order from holding a level twice. It references no level: the guarded update of the level is part of the
 * statement that inserts it, and a foreign key would cost the hot path one more look-up a line.
 */
export class Stock1764000020001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA inventory');
    await runner.query(LEVELS);
    await runner.query(MOVEMENTS);
    await runner.query('CREATE INDEX movements_of_level ON inventory.movements (sku, location, id)');
    await runner.query(LEDGER_IS_FINAL);
    await runner.query(`
      CREATE TRIGGER movements_are_final BEFORE UPDATE OR DELETE ON inventory.movements
      FOR EACH ROW EXECUTE FUNCTION inventory.refuse_change_of_ledger()`);
    await runner.query(RESERVATIONS);
    await runner.query(`
      CREATE UNIQUE INDEX reservations_live ON inventory.reservations (sku, location, order_id)
      WHERE status IN ('held', 'extended', 'committed')`);
  }
}

const LEVELS = `
  CREATE TABLE inventory.levels (
    sku      text COLLATE "C" NOT NULL,
    location text COLLATE "C" NOT NULL,
    on_hand  integer NOT NULL CHECK (on_hand <= 1000000000),
    reserved integer NOT NULL DEFAULT 0,
    version  bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (sku, location),
    CONSTRAINT levels_reserved_within_on_hand CHECK (0 <= reserved AND reserved <= on_hand)
  ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02)`;

const MOVEMENTS = `
  CREATE TABLE inventory.movements (
    id        text COLLATE "C" PRIMARY KEY,
    sku       text COLLATE "C" NOT NULL,
    location  text COLLATE "C" NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('opening', 'adjustment', 'count')),
    delta     integer NOT NULL,
    on_hand   integer NOT NULL CHECK (on_hand >= 0),
    reason    text NOT NULL,
    actor     text NOT NULL,
    reference text,
    at        timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (sku, location) REFERENCES inventory.levels
  )`;

const LEDGER_IS_FINAL = `
  CREATE FUNCTION inventory.refuse_change_of_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'stock movements are never changed or deleted: write one that corrects';
  END $$`;

const RESERVATIONS = `
  CREATE TABLE inventory.reservations (
    order_id     text COLLATE "C" NOT NULL,
    sku          text COLLATE "C" NOT NULL,
    location     text COLLATE "C" NOT NULL,
    held_seq     integer NOT NULL CHECK (held_seq > 0),
    last_seq     integer NOT NULL,
    quantity     integer NOT NULL CHECK (quantity > 0),
    status       text COLLATE "C" NOT NULL,
    expires_at   timestamptz NOT NULL,
    held_at      timestamptz NOT NULL DEFAULT now(),
    extended_at  timestamptz,
    committed_at timestamptz,
    ended_at     timestamptz,
    PRIMARY KEY (order_id, sku, location, held_seq),
    CONSTRAINT reservations_last_seq_follows CHECK (last_seq >= held_seq),
    CONSTRAINT reservations_path CHECK (
      CASE status
        WHEN 'held' THEN extended_at IS NULL AND committed_at IS NULL AND ended_at IS NULL
        WHEN 'extended' THEN extended_at IS NOT NULL AND committed_at IS NULL AND ended_at IS NULL
        WHEN 'committed' THEN committed_at IS NOT NULL AND ended_at IS NULL
        WHEN 'consumed' THEN committed_at IS NOT NULL AND ended_at IS NOT NULL
        WHEN 'expired' THEN committed_at IS NULL AND ended_at IS NOT NULL
        WHEN 'released' THEN ended_at IS NOT NULL
        ELSE false
      END)
  ) WITH (autovacuum_vacuum_scale_factor = 0.02)`;
