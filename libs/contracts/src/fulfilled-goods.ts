import type { Reader } from '#database';
import type { Id, Money } from '#kernel';
import type { HoldLine } from './stock.js';

export interface ClaimedShipment {
  readonly shipmentId: Id<'shp'>;
  readonly orderId: Id<'order'>;
  /** Where they lay; null: wherever the order holds them. */
  readonly location: string | null;
  readonly lines: readonly HoldLine[];
}

export interface ClaimedReturn {
  readonly returnId: Id<'ret'>;
  readonly orderId: Id<'order'>;
  /** Where they lie now; null: where the shop receives goods. */
  readonly location: string | null;
  readonly lines: readonly { readonly sku: string; readonly restocked: number; readonly writtenOff: number }[];
  readonly refund: Money | null;
}

/** Whether goods have really left or come back. Implemented by the fulfilment module; asked by consumers that move stock or money. */
export abstract class FulfilledGoods {
  /** For each claim, in its order: whether exactly these goods have left, from there. One statement for the list. */
  abstract areShipped(db: Reader, claims: readonly ClaimedShipment[]): Promise<boolean[]>;

  /** For each claim, in its order: whether exactly these goods were received, there and with this refund. One statement for the list. */
  abstract areReceived(db: Reader, claims: readonly ClaimedReturn[]): Promise<boolean[]>;
}
