import { Injectable } from '@nestjs/common';
import { StockReleased } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { message, Outbox } from '#messaging';
import { byOrder, eventLinesOf } from '../persistence/by-order.js';
import { lockLevels } from '../persistence/lock-levels.js';
import { lockReservations } from '../persistence/lock-reservations.js';
import { UNPAID, type ReservationStatus } from '../domain/reservation-status.js';

type Reason = 'expired' | 'cancelled';

const STATUS_BY_REASON = { expired: 'expired', cancelled: 'released' } as const satisfies Record<
  Reason,
  ReservationStatus
>;

interface ReleasedLine {
  readonly orderId: Id<'order'>;
  readonly sku: string;
  readonly quantity: number;
  readonly lastSequence: number;
}

const RELEASE = `
  WITH ended AS (
    UPDATE inventory.reservations AS reservation
    SET status = $2, ended_at = now(), last_sequence = 1 + (
      SELECT max(known.last_sequence) FROM inventory.reservations AS known WHERE known.order_id = reservation.order_id
    )
    WHERE order_id = ANY($1) AND status = ANY($3)
    RETURNING order_id, sku, location, quantity, last_sequence
  ), freed AS (
    UPDATE inventory.levels AS level
    SET reserved = level.reserved - back.units, version = level.version + 1
    FROM (SELECT sku, location, sum(quantity) AS units FROM ended GROUP BY sku, location) AS back
    WHERE level.sku = back.sku AND level.location = back.location
  )
  SELECT order_id AS "orderId", sku, quantity, last_sequence AS "lastSequence" FROM ended ORDER BY order_id, sku`;

/** Gives back what orders hold and have not paid. Running it again finds nothing left to give back. */
@Injectable()
export class ReleaseStock {
  constructor(private readonly outbox: Outbox) {}

  async run(tx: Tx, orderIds: readonly Id<'order'>[], reason: Reason): Promise<void> {
    const unpaid = await lockReservations(tx, orderIds, UNPAID);
    if (unpaid.length === 0) return;
    await lockLevels(
      tx,
      unpaid.map(({ sku }) => sku),
    );
    const { rows } = await tx.query<ReleasedLine>(RELEASE, [orderIds, STATUS_BY_REASON[reason], UNPAID]);
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
