import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { StockReserved, type HoldOutcome, type HoldRequest } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { message, Outbox } from '#messaging';
import { traceOf, type Trace } from '#observability';
import { byOrder, eventLinesOf } from '../persistence/by-order.js';
import { decideHolds, type HoldDecision } from '../domain/decide-holds.js';
import { InsufficientStock } from '../domain/inventory.errors.js';
import { leftOf, lockLevels } from '../persistence/lock-levels.js';
import { insertReservations, type HeldLine } from '../persistence/insert-reservations.js';
import { changesOf, levelCrossings } from './level-crossings.js';

/** Holds stock for many orders at once: three statements, however many orders and lines there are. */
@Injectable()
export class HoldStock {
  constructor(
    private readonly config: Config,
    private readonly outbox: Outbox,
  ) {}

  async run(tx: Tx, requests: readonly HoldRequest[]): Promise<HoldOutcome[]> {
    if (requests.length === 0) return [];
    const levels = await lockLevels(
      tx,
      requests.flatMap(({ lines }) => lines.map(({ sku }) => sku)),
    );
    const decisions = decideHolds(requests, leftOf(levels));
    const allocations = decisions.flatMap((decision) =>
      'short' in decision ? [] : decision.allocations.map((each) => ({ orderId: decision.orderId, ...each })),
    );
    const held = byOrder(await insertReservations(tx, allocations, this.config.HOLD_TTL_SECONDS));
    const traces = new Map(requests.map((request) => [request.orderId, traceOf(request)]));
    const events = [...held].map(([orderId, reservations]) => reserved(orderId, reservations, traces.get(orderId)));
    await this.outbox.add(tx, [...events, ...levelCrossings(levels, changesOf(allocations, -1))]);
    return decisions.map((decision) => outcomeOf(decision, held));
  }
}

function reserved(orderId: Id<'order'>, lines: [HeldLine, ...HeldLine[]], trace: Trace | undefined) {
  const { heldSequence, expiresAt } = lines[0];
  const data = { orderId, lines: eventLinesOf(lines), expiresAt: expiresAt.toISOString() };
  return message(StockReserved, { subject: orderId, sequence: heldSequence, data, trace });
}

function outcomeOf(decision: HoldDecision, held: ReadonlyMap<Id<'order'>, [HeldLine, ...HeldLine[]]>): HoldOutcome {
  if ('short' in decision) return { held: false, error: new InsufficientStock(decision.short) };
  const lines = held.get(decision.orderId);
  if (lines === undefined) throw new Error(`Order ${decision.orderId} was granted stock that it does not hold.`);
  return { held: true, expiresAt: lines[0].expiresAt };
}
