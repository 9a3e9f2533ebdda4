import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { StockReserved, type HoldOutcome, type HoldRequest } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { message, Outbox } from '#messaging';
import { byOrder, eventLinesOf } from '../persistence/by-order.js';
import { decideHolds, type HoldDecision } from '../domain/decide-holds.js';
import { InsufficientStock } from '../domain/inventory.errors.js';
import { lockLevels } from '../persistence/lock-levels.js';
import { LOCATION } from '../persistence/stock-level.entity.js';

interface HeldLine {
  readonly orderId: Id<'order'>;
  readonly sku: string;
  readonly quantity: number;
  readonly heldSequence: number;
  readonly expiresAt: Date;
}

/**
 * The levels are guarded once more, although they are locked and the decision fits them: whatever else goes wrong, a level that has too
 * little left yields no row, and its lines are missing from the answer. Times are cut to milliseconds, which is what a Date carries.
 */
const HOLD = `
  WITH line AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::integer[]) AS given (order_id, sku, quantity)
  ), taken AS (
    UPDATE inventory.levels AS level
    SET reserved = level.reserved + wanted.units, version = level.version + 1
    FROM (SELECT sku, sum(quantity) AS units FROM line GROUP BY sku) AS wanted
    WHERE level.sku = wanted.sku AND level.location = $4 AND level.reserved + wanted.units <= level.on_hand
    RETURNING level.sku, level.location
  ), earlier AS (
    SELECT order_id, max(last_sequence) AS sequence FROM inventory.reservations WHERE order_id = ANY($1) GROUP BY order_id
  )
  INSERT INTO inventory.reservations (order_id, sku, location, held_sequence, last_sequence, quantity, status, expires_at, first_expires_at)
  SELECT line.order_id, line.sku, taken.location, COALESCE(earlier.sequence, 0) + 1, COALESCE(earlier.sequence, 0) + 1, line.quantity, 'held',
    hold.ends_at, hold.ends_at
  FROM line JOIN taken USING (sku) LEFT JOIN earlier USING (order_id)
    CROSS JOIN (SELECT date_trunc('milliseconds', now()) + make_interval(secs => $5) AS ends_at) AS hold
  RETURNING order_id AS "orderId", sku, quantity, held_sequence AS "heldSequence", expires_at AS "expiresAt"`;

/** Holds stock for many orders at once: three statements, however many orders and lines there are. */
@Injectable()
export class HoldStock {
  constructor(
    private readonly config: Config,
    private readonly outbox: Outbox,
  ) {}

  async run(tx: Tx, requests: readonly HoldRequest[]): Promise<HoldOutcome[]> {
    if (requests.length === 0) return [];
    const available = await lockLevels(
      tx,
      requests.flatMap(({ lines }) => lines.map(({ sku }) => sku)),
    );
    const decisions = decideHolds(requests, available);
    const held = byOrder(await this.hold(tx, decisions));
    await this.outbox.add(tx, [...held].map(reserved));
    return decisions.map((decision) => outcomeOf(decision, held));
  }

  private async hold(tx: Tx, decisions: readonly HoldDecision[]): Promise<HeldLine[]> {
    const lines = decisions.flatMap((decision) =>
      'lines' in decision ? decision.lines.map((line) => ({ orderId: decision.orderId, ...line })) : [],
    );
    if (lines.length === 0) return [];
    const { rows } = await tx.query<HeldLine>(HOLD, [
      lines.map(({ orderId }) => orderId),
      lines.map(({ sku }) => sku),
      lines.map(({ quantity }) => quantity),
      LOCATION,
      this.config.HOLD_TTL_SECONDS,
    ]);
    if (rows.length !== lines.length) throw new Error('Locked stock levels have less left than they said.');
    return rows;
  }
}

function reserved([orderId, lines]: [Id<'order'>, [HeldLine, ...HeldLine[]]]) {
  const { heldSequence, expiresAt } = lines[0];
  const data = { orderId, lines: eventLinesOf(lines), expiresAt: expiresAt.toISOString() };
  return message(StockReserved, { subject: orderId, sequence: heldSequence, data });
}

function outcomeOf(decision: HoldDecision, held: ReadonlyMap<Id<'order'>, [HeldLine, ...HeldLine[]]>): HoldOutcome {
  if ('short' in decision) return { held: false, error: new InsufficientStock(decision.short) };
  const lines = held.get(decision.orderId);
  if (lines === undefined) throw new Error(`Order ${decision.orderId} was granted stock that it does not hold.`);
  return { held: true, expiresAt: lines[0].expiresAt };
}
