import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { StockReservations, type HoldOutcome, type HoldRequest } from '#contracts';
import type { Tx } from '#database';
import { countOpenOrders } from '../persistence/count-open-orders.js';
import { lockCallers } from '../persistence/lock-callers.js';
import { decideLimits, type CountedOrder, type OrderLimits } from '../domain/order-limits.js';

type CallerKey = string | undefined;

/** Holds stock for new orders, within what one caller may keep unpaid. */
@Injectable()
export class OrderHolds {
  private readonly limits: OrderLimits;

  constructor(
    private readonly stock: StockReservations,
    { OPEN_ORDERS_MAX = Infinity, HELD_UNITS_MAX = Infinity }: Config,
  ) {
    this.limits = { openOrders: OPEN_ORDERS_MAX, heldUnits: HELD_UNITS_MAX };
  }

  /** To be called before anything else is locked: carts and levels are locked after their callers, by everybody. */
  async lockCallers(tx: Tx, callerKeys: readonly CallerKey[]): Promise<void> {
    await lockCallers(tx, this.limited(callerKeys));
  }

  /** Refused with `open_orders_limit`, `held_units_limit` or `insufficient_stock`. Outcomes come in the order of the orders. */
  async run(tx: Tx, orders: readonly (HoldRequest & CountedOrder)[]): Promise<HoldOutcome[]> {
    const callers = this.limited(orders.map(({ callerKey }) => callerKey));
    const refusals = decideLimits(orders, await countOpenOrders(tx, callers), this.limits);
    const admitted = orders.filter((_, place) => refusals[place] === undefined);
    const holds = admitted.length === 0 ? [] : await this.stock.hold(tx, admitted);
    return refusals.map((error) => {
      const outcome = error === undefined ? holds.shift() : { held: false as const, error };
      if (outcome === undefined) throw new Error('A hold has no outcome.');
      return outcome;
    });
  }

  private limited(callerKeys: readonly CallerKey[]): string[] {
    if (Object.values(this.limits).every((limit) => limit === Infinity)) return [];
    return [...new Set(callerKeys.flatMap((key) => key ?? []))];
  }
}
