import type { Reader } from '#database';
import type { Id } from '#kernel';

/** Whether orders are paid. Implemented by the order module. */
export abstract class ConfirmedOrders {
  /** Those of the orders that have ever been confirmed. One statement for the list. */
  abstract confirmedAmong(db: Reader, orderIds: readonly Id<'order'>[]): Promise<ReadonlySet<Id<'order'>>>;
}
