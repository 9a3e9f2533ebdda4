import { Injectable } from '@nestjs/common';
import { StockReleased } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { message, Outbox } from '#messaging';
import { byOrder, eventLinesOf } from '../persistence/by-order.js';
import { lockLevels } from '../persistence/lock-levels.js';
import { lockReservations } from '../persistence/lock-reservations.js';
import { endReservations } from '../persistence/end-reservations.js';
import { TRANSITIONS } from '../domain/transitions.js';

/** Gives back what orders hold and have not paid. Running it again finds nothing left to give back. */
@Injectable()
export class ReleaseStock {
  constructor(private readonly outbox: Outbox) {}

  async run(tx: Tx, orderIds: readonly Id<'order'>[], reason: 'expired' | 'cancelled'): Promise<void> {
    const unpaid = await lockReservations(tx, orderIds, TRANSITIONS[reason].from);
    if (unpaid.length === 0) return;
    await lockLevels(
      tx,
      unpaid.map(({ sku }) => sku),
    );
    const rows = await endReservations(tx, orderIds, TRANSITIONS[reason]);
    await this.outbox.add(
      tx,
      [...byOrder(rows)].map(([orderId, lines]) =>
        message(StockReleased, {
          subject: orderId,
          sequence: lines[0].lastSequence,
          data: { orderId, lines: eventLinesOf(lines), reason },
        }),
      ),
    );
  }
}
