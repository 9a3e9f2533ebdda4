import { Injectable } from '@nestjs/common';
import { EndedOrders, type OrderEnd } from '#contracts';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { filterEndedOrders } from '../persistence/filter-ended-orders.js';

@Injectable()
export class EndedOrdersAdapter extends EndedOrders {
  override endsAmong(db: Reader, orderIds: readonly Id<'order'>[]): Promise<ReadonlyMap<Id<'order'>, OrderEnd>> {
    return filterEndedOrders(db, orderIds);
  }
}
