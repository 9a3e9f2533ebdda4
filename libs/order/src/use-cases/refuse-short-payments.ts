import { Injectable } from '@nestjs/common';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { lockOrders } from '../persistence/find-order.js';
import { GiveUpOrder } from './give-up-order.js';

/** Nobody has accepted the smaller payment of an order in time: its stock is free again, and its money is given back. */
@Injectable()
export class RefuseShortPayments {
  constructor(private readonly giveUpOrder: GiveUpOrder) {}

  /** Orders that do not wait for that decision any more are left as they are. Returns those that move. */
  async run(tx: Tx, orderIds: readonly Id<'order'>[]): Promise<Id<'order'>[]> {
    const refused: Id<'order'>[] = [];
    for (const order of await lockOrders(tx, orderIds)) {
      const decision = { actor: 'system', reason: 'short_payment' };
      if (order.isShort && (await this.giveUpOrder.run(tx, order, decision))) refused.push(order.id);
    }
    return refused;
  }
}
