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
import { changesOf, levelCrossings } from './level-crossings.js';

/** Gives back what orders hold and have not paid. Running it again finds nothing left to give back. */
@Injectable()
export class ReleaseStock {
  constructor(private readonly outbox: Outbox) {}

  async run(tx: Tx, orderIds: readonly Id<'order'>[], reason: 'expired' | 'cancelled'): Promise<void> {
    const unpaid = await lockReservations(tx, orderIds, TRANSITIONS[reason].from);
    if (unpaid.length === 0) return;
    const levels = await lockLevels(
      tx,
      unpaid.map(({ sku }) => sku),
    );
    const rows = await endReservations(tx, orderIds, TRANSITIONS[reason]);
    const released = [...byOrder(rows)].map(([orderId, lines]) => {
      const data = { orderId, lines: eventLinesOf(lines), reason };
      return message(StockReleased, { subject: orderId, sequence: lines[0].lastSequence, data });
    });
    await this.outbox.add(tx, [...released, ...levelCrossings(levels, changesOf(rows, 1))]);
  }
}
