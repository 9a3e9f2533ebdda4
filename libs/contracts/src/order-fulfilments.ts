import type { Tx } from '#database';
import type { Currency, ExpectedVersions, Id } from '#kernel';
import type { HoldLine } from './stock.js';

/** An order whose row is locked until the transaction ends. */
export interface OrderToFulfil {
  readonly orderId: Id<'order'>;
  readonly currency: Currency;
  /** In minor units. */
  readonly total: number;
  /** Everything that was ordered, each SKU once. */
  readonly lines: readonly (HoldLine & { readonly lineTotal: number })[];
}

/** What happened to goods of an order. */
export interface GoodsMoved {
  readonly orderId: Id<'order'>;
  readonly actor: string;
  /** Whether it has now happened to all of the goods: all have left, all have arrived, all that had left are back. */
  readonly complete: boolean;
}

/**
 * What shipping and taking back mean for an order. Implemented by the order module. The order moves in the transaction in which the shipment
 * is written, so that goods cannot leave while somebody cancels the order.
 */
export abstract class OrderFulfilments {
  /** @throws `order_not_found` `stale_version` @throws `invalid_transition` when its goods may not leave: unpaid, on hold, cancelling, ended. */
  abstract lockToShip(tx: Tx, orderId: Id<'order'>, expected?: ExpectedVersions): Promise<OrderToFulfil>;

  /** @throws `order_not_found` `stale_version` @throws `invalid_transition` when none of its goods has left. */
  abstract lockToReturn(tx: Tx, orderId: Id<'order'>, expected?: ExpectedVersions): Promise<OrderToFulfil>;

  /** Fulfilment status `partially_fulfilled`, or with the last of the goods `fulfilled` and the status `shipped`. The order is locked. */
  abstract shipped(tx: Tx, change: GoodsMoved & { readonly shipmentId: Id<'shp'> }): Promise<void>;

  /** With the last of the goods of a shipped order its status becomes `delivered`; before, only the timeline shows it. */
  abstract delivered(tx: Tx, change: GoodsMoved & { readonly shipmentId: Id<'shp'> }): Promise<void>;

  /** With the last of the goods that had left the fulfilment status becomes `returned`; before, only the timeline shows it. */
  abstract returned(tx: Tx, change: GoodsMoved & { readonly returnId: Id<'ret'> }): Promise<void>;
}
