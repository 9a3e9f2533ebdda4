import { Injectable } from '@nestjs/common';
import { ConfirmedOrders } from '#contracts';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { filterConfirmedOrders } from '../persistence/filter-confirmed-orders.js';

@Injectable()
export class ConfirmedOrdersAdapter extends ConfirmedOrders {
  override confirmedAmong(db: Reader, orderIds: readonly Id<'order'>[]): Promise<ReadonlySet<Id<'order'>>> {
    return filterConfirmedOrders(db, orderIds);
  }
}
