import { Injectable } from '@nestjs/common';
import { EndedOrders } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { deleteUses } from '../persistence/delete-uses.js';

/**
 * Gives back the uses of orders that ended unpaid: two statements, however many. The order module is asked whether that is so. An order that
 * was paid and then cancelled keeps its use: the buyer has had the discount, and whoever refunds decides about another code. So does an
 * order that expired and has been paid since.
 */
@Injectable()
export class GiveBackUses {
  constructor(private readonly orders: EndedOrders) {}

  /** @returns those of the orders that have never ended at all */
  async run(tx: Tx, orderIds: readonly Id<'order'>[]): Promise<ReadonlySet<Id<'order'>>> {
    const ends = await this.orders.endsAmong(tx, orderIds);
    const unpaid = orderIds.filter((id) => ends.get(id)?.unpaid === true);
    if (unpaid.length > 0) await deleteUses(tx, unpaid);
    return new Set(orderIds.filter((id) => !ends.has(id)));
  }
}
