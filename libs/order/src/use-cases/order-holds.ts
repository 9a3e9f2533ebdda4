import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import { Discounts, StockReservations, type DiscountUse, type HoldOutcome, type HoldRequest } from '#contracts';
import type { Tx } from '#database';
import type { DomainError } from '#kernel';
import { countOpenOrders } from '../persistence/count-open-orders.js';
import { lockCallers } from '../persistence/lock-callers.js';
import { decideLimits, type CountedOrder, type OrderLimits } from '../domain/order-limits.js';

type CallerKey = string | undefined;

export interface OrderToHold extends HoldRequest, CountedOrder {
  /** The discount code that it uses. */
  readonly discount?: Omit<DiscountUse, 'orderId'> | undefined;
}

/** Holds stock and discounts for new orders, within what one caller may keep unpaid. */
@Injectable()
export class OrderHolds {
  private readonly limits: OrderLimits;

  constructor(
    private readonly stock: StockReservations,
    private readonly discounts: Discounts,
    { OPEN_ORDERS_MAX = Infinity, HELD_UNITS_MAX = Infinity }: Config,
  ) {
    this.limits = { openOrders: OPEN_ORDERS_MAX, heldUnits: HELD_UNITS_MAX };
  }

  /** To be called before anything else is locked: carts and levels are locked after their callers, by everybody. */
  async lockCallers(tx: Tx, callerKeys: readonly CallerKey[]): Promise<void> {
    await lockCallers(tx, this.limited(callerKeys));
  }

  /**
   * Refused with `open_orders_limit`, `held_units_limit`, `discount_exhausted` or `insufficient_stock`. Discounts are locked before stock
   * levels. Outcomes come in the order of the orders.
   */
  async run(tx: Tx, orders: readonly OrderToHold[]): Promise<HoldOutcome[]> {
    const callers = this.limited(orders.map(({ callerKey }) => callerKey));
    const refusals = decideLimits(orders, await countOpenOrders(tx, callers), this.limits);
    await this.useDiscounts(tx, orders, refusals);
    const admitted = orders.filter((_, place) => refusals[place] === undefined);
    const holds = admitted.length === 0 ? [] : [...(await this.stock.hold(tx, admitted))];
    const short = admitted.filter(({ discount }, place) => discount !== undefined && holds[place]?.held === false);
    await this.discounts.giveBack(
      tx,
      short.map(({ orderId }) => orderId),
    );
    return refusals.map((error) => {
      const outcome = error === undefined ? holds.shift() : { held: false as const, error };
      if (outcome === undefined) throw new Error('A hold has no outcome.');
      return outcome;
    });
  }

  /** Adds its refusals to those that there are. */
  private async useDiscounts(
    tx: Tx,
    orders: readonly OrderToHold[],
    refusals: (DomainError | undefined)[],
  ): Promise<void> {
    const uses = orders.flatMap(({ orderId, discount }, place) =>
      discount === undefined || refusals[place] !== undefined ? [] : [{ place, use: { orderId, ...discount } }],
    );
    if (uses.length === 0) return;
    const outcomes = await this.discounts.use(
      tx,
      uses.map(({ use }) => use),
    );
    for (const [index, { place }] of uses.entries()) refusals[place] = outcomes[index];
  }

  private limited(callerKeys: readonly CallerKey[]): string[] {
    if (Object.values(this.limits).every((limit) => limit === Infinity)) return [];
    return [...new Set(callerKeys.flatMap((key) => key ?? []))];
  }
}
