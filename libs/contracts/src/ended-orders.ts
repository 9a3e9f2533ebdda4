import type { Reader } from '#database';
import type { Id } from '#kernel';

export interface OrderEnd {
  /** Whether it has ended now, and nothing was ever paid for it. */
  readonly unpaid: boolean;
}

/** Which orders came to nothing. Implemented by the order module. */
export abstract class EndedOrders {
  /** Those of the orders that have ever expired or been cancelled. One statement for the list. */
  abstract endsAmong(db: Reader, orderIds: readonly Id<'order'>[]): Promise<ReadonlyMap<Id<'order'>, OrderEnd>>;
}
