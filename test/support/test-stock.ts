import { randomBytes } from 'node:crypto';
import { StockReceipts, StockReservations, type HoldOutcome, type HoldRequest } from '#contracts';
import { newId, type Id } from '#kernel';
import type { ApiSandbox } from './api-sandbox.js';
import type { ModuleSandbox } from './module-sandbox.js';

/** An order that asks for these lines. */
export const anOrder = (...lines: [sku: string, quantity: number][]): HoldRequest => ({
  orderId: newId('order'),
  lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
});

export const granted = (outcomes: readonly HoldOutcome[]): number => outcomes.filter(({ held }) => held).length;

/** Stock of a sandbox that has the inventory module, and a look at what became of it. */
export class TestStock {
  private readonly reservations: StockReservations;

  constructor(private readonly sandbox: ModuleSandbox | ApiSandbox) {
    this.reservations = sandbox.get(StockReservations);
  }

  /** A SKU that nobody else uses, with this many units. */
  async stocked(onHand: number): Promise<string> {
    const sku = `SKU-${randomBytes(5).toString('hex').toUpperCase()}`;
    await this.sandbox.transactions.run((tx) =>
      this.sandbox.get(StockReceipts).open(tx, [{ sku, onHand }], 'staff:spec'),
    );
    return sku;
  }

  hold(...requests: HoldRequest[]): Promise<HoldOutcome[]> {
    return this.sandbox.transactions.run((tx) => this.reservations.hold(tx, requests));
  }

  /** An order that holds this many units. */
  async holding(sku: string, quantity: number): Promise<Id<'order'>> {
    const order = anOrder([sku, quantity]);
    const outcomes = await this.hold(order);
    if (granted(outcomes) !== 1) throw new Error(`Nothing held: ${JSON.stringify(outcomes)}`);
    return order.orderId;
  }

  extend(orderId: Id<'order'>): Promise<Date | undefined> {
    return this.sandbox.transactions.run((tx) => this.reservations.extend(tx, orderId));
  }

  endExtension(orderId: Id<'order'>): Promise<Date | undefined> {
    return this.sandbox.transactions.run((tx) => this.reservations.endExtension(tx, orderId));
  }

  release(orderId: Id<'order'>, reason: 'expired' | 'cancelled'): Promise<void> {
    return this.sandbox.transactions.run((tx) => this.reservations.release(tx, [orderId], reason));
  }

  /** Lets the time of an order's hold run out. */
  async runOut(orderId: Id<'order'>): Promise<void> {
    await this.sandbox.rows(
      `UPDATE inventory.reservations SET expires_at = now() - interval '1 s' WHERE order_id = $1`,
      [orderId],
    );
  }

  /** A place where stock lies, with units of a SKU that is kept. */
  async stockedAt(location: string, sku: string, onHand: number, priority = 1): Promise<void> {
    await this.sandbox.rows(
      `INSERT INTO inventory.locations VALUES ($1, $1, true, $2, false) ON CONFLICT (id) DO UPDATE SET priority = $2`,
      [location, priority],
    );
    await this.sandbox.rows('INSERT INTO inventory.levels (sku, location, on_hand) VALUES ($1, $2, $3)', [
      sku,
      location,
      onHand,
    ]);
    await this.sandbox.rows(
      `INSERT INTO inventory.movements (id, sku, location, kind, delta, on_hand, reason, actor)
       VALUES ($1, $2, $3, 'opening', $4, $4, 'opening stock', 'staff:spec')`,
      [newId('mov'), sku, location, onHand],
    );
  }

  /** By location. */
  async levels(sku: string): Promise<Record<string, string>> {
    const sql = 'SELECT location, on_hand, reserved FROM inventory.levels WHERE sku = $1 ORDER BY location';
    const rows = await this.sandbox.rows<Record<'location' | 'on_hand' | 'reserved', string>>(sql, [sku]);
    return Object.fromEntries(rows.map((row) => [row.location, `${row.reserved} of ${row.on_hand}`]));
  }

  /** At the default location. */
  async level(sku: string): Promise<{ onHand: number; reserved: number } | undefined> {
    const sql = `SELECT on_hand AS "onHand", reserved FROM inventory.levels WHERE sku = $1 AND location = 'default'`;
    return (await this.sandbox.rows<{ onHand: number; reserved: number }>(sql, [sku]))[0];
  }

  /** Of an order's reservations, the first first. */
  async statuses(orderId: Id<'order'>): Promise<unknown[]> {
    const sql = 'SELECT status FROM inventory.reservations WHERE order_id = $1 ORDER BY held_sequence, sku';
    return (await this.sandbox.rows(sql, [orderId])).map(({ status }) => status);
  }

  /** What was stated about an order: `1 stock.reserved.v1`. */
  async events(orderId: Id<'order'>): Promise<string[]> {
    const sql = 'SELECT type, sequence FROM messaging.outbox WHERE subject = $1 ORDER BY sequence';
    return (await this.sandbox.rows(sql, [orderId])).map(({ type, sequence }) => `${String(sequence)} ${String(type)}`);
  }
}
