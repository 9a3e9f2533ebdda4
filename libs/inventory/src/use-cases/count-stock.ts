import { Injectable } from '@nestjs/common';
import { SingleCommand } from '#commands';
import { stockLock, StockShorted } from '#contracts';
import type { Tx } from '#database';
import type { ExpectedVersions, Id } from '#kernel';
import { message, Outbox } from '#messaging';
import { decideShortage } from '../domain/decide-shortage.js';
import { CountAwaitsPayments } from '../domain/inventory.errors.js';
import { lockLevelHolds } from '../persistence/find-level-holds.js';
import { insertShortages } from '../persistence/insert-shortages.js';
import type { LockedLevel } from '../persistence/lock-levels.js';
import { shortReservations, type ShortedReservation } from '../persistence/short-reservations.js';
import type { StockLevel } from '../persistence/stock-level.entity.js';
import { lockLevel, ORDERS_NAMED_MAX, recordMovement } from '../persistence/stock-ledger.js';
import { levelCrossings } from './level-crossings.js';

export interface PhysicalCount {
  readonly sku: string;
  readonly location: string;
  /** Units that lie there, held ones included. */
  readonly onHand: number;
  readonly reason: string;
  readonly acceptShortage: boolean;
  readonly actor: string;
  readonly expected: ExpectedVersions;
}

export interface CountedStock {
  readonly level: StockLevel;
  /** What orders do not hold any more. */
  readonly shorted: readonly ShortedReservation[];
}

/**
 * Somebody has counted. The difference becomes a movement, also when it is 0: that the level was counted is a fact of its own. Fewer units
 * than orders hold are refused, or with `acceptShortage` taken from the orders that come last; each of these has an event.
 */
@Injectable()
export class CountStock extends SingleCommand<PhysicalCount, CountedStock> {
  constructor(private readonly outbox: Outbox) {
    super();
  }

  override lock({ sku }: PhysicalCount) {
    return stockLock.lock(sku);
  }

  override async runOne(tx: Tx, counted: PhysicalCount): Promise<CountedStock> {
    // Reservations are locked before levels, by everybody.
    if (counted.acceptShortage) await lockLevelHolds(tx, counted, false);
    const level = await lockLevel(tx, counted, counted.expected);
    const shorted = counted.acceptShortage ? await takeShortage(tx, level, counted.onHand) : [];
    const freed = shorted.reduce((sum, { quantity }) => sum + quantity, 0);
    const left = { ...level, reserved: level.reserved - freed };
    const delta = counted.onHand - level.onHand;
    const { movement, level: after } = await recordMovement(tx, left, { ...counted, delta, kind: 'count' });
    if (shorted.length > 0) await insertShortages(tx, movement.id, shorted);
    await this.outbox.add(tx, [
      ...shorted.map((each) => shortedEvent(movement.id, each)),
      ...levelCrossings([{ ...level, version: after.version - 1 }], () => delta + freed),
    ]);
    return { level: after, shorted };
  }
}

/** @throws {CountAwaitsPayments} */
async function takeShortage(tx: Tx, level: LockedLevel, onHand: number): Promise<ShortedReservation[]> {
  const units = onHand + level.backorderLimit;
  if (units >= level.reserved) return [];
  const shorted = decideShortage(await lockLevelHolds(tx, level, true), units);
  const paying = shorted.filter(({ status }) => status === 'extended');
  if (paying.length > 0) {
    const named = paying
      .slice(0, ORDERS_NAMED_MAX)
      .map(({ orderId, quantity, status }) => ({ orderId, quantity, status }));
    throw new CountAwaitsPayments(named, paying.length);
  }
  return shortReservations(
    tx,
    level,
    shorted.map(({ orderId }) => orderId),
  );
}

function shortedEvent(movementId: Id<'mov'>, { orderId, sku, quantity, lastSequence }: ShortedReservation) {
  const data = { orderId, lines: [{ sku, quantity }], movementId };
  return message(StockShorted, { subject: orderId, sequence: lastSequence, data });
}
