import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { StockCommitted, StockReserved, type HoldRequest } from '#contracts';
import type { Tx } from '#database';
import { message, Outbox } from '#messaging';
import { decideHolds } from '../domain/decide-holds.js';
import { InsufficientStock } from '../domain/inventory.errors.js';
import { sumBySku } from '../domain/sum-by-sku.js';
import { BACKING, UNPAID } from '../domain/transitions.js';
import { insertBacking } from '../persistence/insert-backing.js';
import { leftOf, lockLevels } from '../persistence/lock-levels.js';
import { lockReservations } from '../persistence/lock-reservations.js';
import { changesOf, levelCrossings } from './level-crossings.js';

/** Backs a paid order again from which a count has taken stock: all that is missing or nothing. What it still holds counts for it. */
@Injectable()
export class BackAgain {
  constructor(
    private readonly config: Config,
    private readonly outbox: Outbox,
  ) {}

  async run(tx: Tx, { orderId, lines }: HoldRequest): Promise<{ readonly error: InsufficientStock } | undefined> {
    const reservations = await lockReservations(tx, [orderId], [...UNPAID, ...BACKING, 'released']);
    const backed = sumBySku(
      reservations.map(({ sku, quantity, consumed, status }) => ({
        sku,
        quantity: status === 'released' ? consumed : quantity,
      })),
    );
    const missing = [...sumBySku(lines)]
      .map(([sku, quantity]) => ({ sku, quantity: quantity - (backed.get(sku) ?? 0) }))
      .filter(({ quantity }) => quantity > 0);
    if (missing.length === 0) return undefined;
    const levels = await lockLevels(
      tx,
      missing.map(({ sku }) => sku),
    );
    const [decision] = decideHolds([{ orderId, lines: missing }], leftOf(levels));
    if (decision === undefined || 'short' in decision) return { error: new InsufficientStock(decision?.short ?? []) };
    const { allocations } = decision;
    const { lastSequence, expiresAt } = await insertBacking(tx, orderId, allocations, this.config.HOLD_TTL_SECONDS);
    const reserved = { orderId, lines: missing, expiresAt: expiresAt.toISOString() };
    await this.outbox.add(tx, [
      message(StockReserved, { subject: orderId, sequence: lastSequence - 1, data: reserved }),
      message(StockCommitted, { subject: orderId, sequence: lastSequence, data: { orderId, lines: missing } }),
      ...levelCrossings(levels, changesOf(allocations, -1)),
    ]);
    return undefined;
  }
}
