import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { Schedule, type Due } from '#messaging';
import { holdExpiryAt } from '../persistence/hold-expiry.js';
import { lockUnpaidOrders, type UnpaidOrder } from '../persistence/lock-unpaid-orders.js';
import { ExpireOrders } from './expire-orders.js';

/**
 * Looks at orders whose hold was to end now: ends those that nobody pays, and comes back to those whose hold was prolonged or whose
 * payment is under way. All others are past their payment, and nothing is to be done. PostgreSQL's clock decides.
 */
@Injectable()
export class ExpireHolds {
  constructor(
    private readonly expireOrders: ExpireOrders,
    private readonly schedule: Schedule,
    private readonly config: Config,
  ) {}

  /** Returns the ids of those that expired. */
  async run(tx: Tx, orderIds: readonly Id<'order'>[]): Promise<Id<'order'>[]> {
    const unpaid = await lockUnpaidOrders(tx, orderIds);
    const over = unpaid.filter(({ isOver, isIdle }) => isOver && isIdle);
    const others = unpaid.filter((order) => !over.includes(order));
    await this.schedule.put(
      tx,
      others.map((order) => holdExpiryAt(order.id, this.dueOf(order))),
    );
    return this.expireOrders.run(
      tx,
      over.map(({ id }) => id),
    );
  }

  /** The hold of an order that is being paid may end before the outcome is known; the order then waits, and is looked at now and then. */
  private dueOf({ holdsUntil, isOver }: UnpaidOrder): Due {
    return isOver ? { inMs: this.config.SWEEP_INTERVAL_SECONDS * 1_000 } : { at: holdsUntil };
  }
}
