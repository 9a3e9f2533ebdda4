import type { Pool } from 'pg';
import { eventually } from '../support/eventually.js';

/** Counts every delivery that a worker begins, also one whose transaction is lost: a sequence is never rolled back. */
const COUNT_DELIVERIES = `
  CREATE SCHEMA faults;
  CREATE SEQUENCE faults.deliveries;
  CREATE FUNCTION faults.count_delivery() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM nextval('faults.deliveries'); RETURN NEW; END $$;
  CREATE TRIGGER count_delivery BEFORE INSERT ON messaging.inbox FOR EACH ROW EXECUTE FUNCTION faults.count_delivery()`;

const LOST = `
  SELECT count(*)::int AS count FROM unnest($1::text[]) AS paid (id)
  LEFT JOIN orders.orders AS orders USING (id)
  WHERE orders.status IS DISTINCT FROM 'confirmed' OR EXISTS (
    SELECT FROM inventory.reservations WHERE order_id = paid.id AND status <> 'committed')`;

/** Whatever an order has more than once of: charges, confirmations, and what follows from them. */
const DOUBLED = `
  SELECT count(*)::int AS count FROM (
    SELECT merchant_reference FROM payment.sandbox_charges WHERE status = 'captured' GROUP BY 1 HAVING count(*) > 1
    UNION ALL
    SELECT order_id FROM payment.attempts WHERE status = 'captured' GROUP BY 1 HAVING count(*) > 1
    UNION ALL
    SELECT order_id FROM orders.history WHERE to_status = 'confirmed' GROUP BY 1 HAVING count(*) > 1
    UNION ALL
    SELECT data->>'orderId' FROM messaging.outbox
    WHERE type IN ('payment.captured.v1', 'order.confirmed.v1', 'stock.committed.v1') GROUP BY 1, type HAVING count(*) > 1
  ) AS twice`;

const DELIVERIES = `
  SELECT (CASE WHEN is_called THEN last_value ELSE 0 END - (SELECT count(*) FROM messaging.inbox))::int AS count
  FROM faults.deliveries`;

/** What the tables of a shop tell about its orders. */
export class OrderCounts {
  private constructor(private readonly db: Pool) {}

  static async open(db: Pool): Promise<OrderCounts> {
    await db.query(COUNT_DELIVERIES);
    return new OrderCounts(db);
  }

  /** Of the orders whose payment was answered as captured: those that are not confirmed, or have no committed stock. */
  lost(paid: readonly string[]): Promise<number> {
    return this.count(LOST, [paid]);
  }

  doubled(): Promise<number> {
    return this.count(DOUBLED);
  }

  /** Deliveries beyond the one that took effect. */
  redelivered(): Promise<number> {
    return this.count(DELIVERIES);
  }

  /** Events that wait to be published. */
  waiting(): Promise<number> {
    return this.count('SELECT count(*)::int AS count FROM messaging.outbox WHERE published_at IS NULL');
  }

  /** Waits until nothing of these orders is missing, but not for ever. */
  async settle(paid: readonly string[], withinMs: number): Promise<void> {
    const missing = async (): Promise<void> => {
      const [lost, waiting] = await Promise.all([this.lost(paid), this.waiting()]);
      if (lost + waiting > 0) throw new Error(`${lost} orders and ${waiting} events are on their way.`);
    };
    await eventually(missing, { withinMs, everyMs: 200 });
  }

  private async count(sql: string, params: unknown[] = []): Promise<number> {
    const { rows } = await this.db.query<{ count: number }>(sql, params);
    return rows[0]?.count ?? Number.NaN;
  }
}
