import { Injectable } from '@nestjs/common';
import { ConfirmedOrders } from '#contracts';
import type { Reader } from '#database';
import type { Id } from '#kernel';

@Injectable()
export class ConfirmedOrdersAdapter extends ConfirmedOrders {
  override async confirmedAmong(db: Reader, orderIds: readonly Id<'order'>[]): Promise<ReadonlySet<Id<'order'>>> {
    const { rows } = await db.query<{ id: Id<'order'> }>(
      'SELECT id FROM orders.orders WHERE id = ANY ($1) AND confirmed_at IS NOT NULL',
      [orderIds],
    );
    return new Set(rows.map(({ id }) => id));
  }
}
