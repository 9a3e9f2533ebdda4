import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { StockCommitted, StockReserved, type HoldLine, type HoldRequest } from '#contracts';
import type { Tx } from '#database';
import { message, Outbox } from '#messaging';
import { decideHolds } from '../domain/decide-holds.js';
import { InsufficientStock } from '../domain/inventory.errors.js';
import { sumBySku } from '../domain/sum-by-sku.js';
import { BACKING, UNPAID } from '../domain/transitions.js';
import { insertBacking } from '../persistence/insert-backing.js';
import { lockLevels } from '../persistence/lock-levels.js';
import { lockReservations } from '../persistence/lock-reservations.js';
import { LOCATION } from '../persistence/stock-level.entity.js';

/** Backs a paid order again from which a count has taken stock: all that is missing or nothing. What it still holds counts for it. */
@Injectable()
export class BackAgain {
  constructor(
    private readonly config: Config,
    private readonly outbox: Outbox,
  ) {}

  async run(tx: Tx, { orderId, lines }: HoldRequest): Promise<{ readonly error: InsufficientStock } | undefined> {
    const backed = sumBySku(await lockReservations(tx, [orderId], [...UNPAID, ...BACKING]));
    const missing = [...sumBySku(lines)]
      .map(([sku, quantity]) => ({ sku, quantity: quantity - (backed.get(sku) ?? 0) }))
      .filter(({ quantity }) => quantity > 0);
    if (missing.length === 0) return undefined;
    const available = await lockLevels(
      tx,
      missing.map(({ sku }) => sku),
    );
    const [decision] = decideHolds([{ orderId, lines: missing }], available);
    if (decision === undefined || 'short' in decision) return { error: new InsufficientStock(decision?.short ?? []) };
    await this.back(tx, { orderId, lines: decision.lines });
    return undefined;
  }

  private async back(tx: Tx, { orderId, lines }: HoldRequest): Promise<void> {
    const allocations = lines.map((line: HoldLine) => ({ ...line, location: LOCATION }));
    const { lastSequence, expiresAt } = await insertBacking(tx, orderId, allocations, this.config.HOLD_TTL_SECONDS);
    const data = { orderId, lines: [...lines] };
    const reserved = { ...data, expiresAt: expiresAt.toISOString() };
    await this.outbox.add(tx, [
      message(StockReserved, { subject: orderId, sequence: lastSequence - 1, data: reserved }),
      message(StockCommitted, { subject: orderId, sequence: lastSequence, data }),
    ]);
  }
}
