import { Injectable } from '@nestjs/common';
import { StockCommitted, type HoldLine } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { message, Outbox, type Cause } from '#messaging';
import { byOrder, eventLinesOf } from '../persistence/by-order.js';
import { HoldMissing, type UnbackedLine } from '../domain/inventory.errors.js';
import { lockReservations, type LockedReservation } from '../persistence/lock-reservations.js';
import { commitReservations } from '../persistence/commit-reservations.js';
import { sumBySku } from '../domain/sum-by-sku.js';
import { BACKING, UNPAID } from '../domain/transitions.js';

export interface ConfirmedOrder {
  readonly orderId: Id<'order'>;
  readonly lines: readonly HoldLine[];
  /** The event of the confirmation. */
  readonly cause?: Cause | undefined;
}

export type CommitOutcome = { readonly committed: true } | { readonly committed: false; readonly error: HoldMissing };

/**
 * Binds held stock to paid orders: three statements, however many orders. The time of a hold does not matter here: while its order
 * has not given it back, the units are still there. An order that is committed already, or was cancelled since, is left alone; one whose hold does not cover what was
 * confirmed is refused with `hold_missing` and does not touch the others. Outcomes come in the order of the orders.
 */
@Injectable()
export class CommitStock {
  constructor(private readonly outbox: Outbox) {}

  async run(tx: Tx, orders: readonly ConfirmedOrder[]): Promise<CommitOutcome[]> {
    const orderIds = orders.map(({ orderId }) => orderId);
    const known = byOrder(await lockReservations(tx, orderIds, [...UNPAID, ...BACKING, 'released']));
    const outcomes = orders.map((order) => judge(order, known.get(order.orderId) ?? []));
    await this.commit(
      tx,
      orders.filter((_, place) => outcomes[place]?.committed),
    );
    return outcomes;
  }

  private async commit(tx: Tx, orders: readonly ConfirmedOrder[]): Promise<void> {
    if (orders.length === 0) return;
    const causes = new Map(orders.map(({ orderId, cause }) => [orderId, cause]));
    const orderIds = [...causes.keys()];
    const rows = await commitReservations(tx, orderIds);
    await this.outbox.add(
      tx,
      [...byOrder(rows)].map(([orderId, lines]) =>
        message(StockCommitted, {
          subject: orderId,
          sequence: lines[0].lastSequence,
          data: { orderId, lines: eventLinesOf(lines) },
          cause: causes.get(orderId),
        }),
      ),
    );
  }
}

function judge(order: ConfirmedOrder, reservations: readonly LockedReservation[]): CommitOutcome {
  const live = reservations.filter(({ status }) => status !== 'released');
  // It was cancelled since: there is nothing to bind.
  if (live.length === 0 && reservations.some(({ releaseCause }) => releaseCause === 'cancelled'))
    return { committed: true };
  // What a count took from it after it was committed has been bound once.
  const held = sumBySku(reservations.filter(({ status, wasCommitted }) => status !== 'released' || wasCommitted));
  const unbacked: UnbackedLine[] = [...sumBySku(order.lines)]
    .map(([sku, confirmed]) => ({ sku, confirmed, held: held.get(sku) ?? 0 }))
    .filter((line) => line.held < line.confirmed);
  return unbacked.length === 0
    ? { committed: true }
    : { committed: false, error: new HoldMissing(order.orderId, unbacked) };
}
