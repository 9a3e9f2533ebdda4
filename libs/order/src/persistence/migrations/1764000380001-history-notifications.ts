import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Whoever writes history tells those who stream it: one notification a statement, with order and sequence of each row, so that a process
 * reads only what its own clients follow. 150 rows fit into the 8,000 bytes of a notification; more come in several.
 *
 * PostgreSQL takes one lock for all commits that notify. Each transaction that writes history takes it already, since its events wake the
 * relay, so this costs the statement a function call and the commit nothing more to wait for.
 */
export class HistoryNotifications1764000380001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION orders.notify_history() RETURNS trigger LANGUAGE plpgsql AS $function$
      BEGIN
        PERFORM pg_notify('orders_history', string_agg(order_id || ' ' || sequence, ','))
        FROM (SELECT order_id, sequence, (row_number() OVER ()) / 150 AS part FROM added) AS rows
        GROUP BY part;
        RETURN NULL;
      END $function$`);
    await runner.query(`
      CREATE TRIGGER history_notified AFTER INSERT ON orders.history
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders.notify_history()`);
  }
}
