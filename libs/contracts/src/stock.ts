import type { Reader, Tx } from '#database';
import type { DomainError, Id } from '#kernel';

/** Largest number of units of one SKU: what a stock level counts, and what a product or an import may name. */
export const UNITS_MAX = 1_000_000_000;

export interface HoldLine {
  readonly sku: string;
  readonly quantity: number;
}

export interface HoldRequest {
  readonly orderId: Id<'order'>;
  readonly lines: readonly HoldLine[];
}

export interface ClaimedShortage extends HoldRequest {
  readonly movementId: Id<'mov'>;
}

export type HoldOutcome =
  { readonly held: true; readonly expiresAt: Date } | { readonly held: false; readonly error: DomainError };

/** Who holds how much until when. Implemented by the inventory module. */
export abstract class StockReservations {
  /**
   * Holds all lines of an order or none, in the order of the requests, so that an earlier request wins the last unit. Outcomes come
   * in the same order; a refused one carries `insufficient_stock` with each short line. A refusal leaves `tx` usable.
   */
  abstract hold(tx: Tx, requests: readonly HoldRequest[]): Promise<HoldOutcome[]>;

  /**
   * Prolongs a live hold to a full hold time from now, because a payment starts, within `HOLD_EXTENSION_MAX_SECONDS` after its first end.
   * Undefined when there is no live hold.
   */
  abstract extend(tx: Tx, orderId: Id<'order'>): Promise<Date | undefined>;

  /**
   * The same without a limit while the payment is under way, also for a hold whose time is over: until it is given back the units are there.
   *
   * @param seconds from now; without it, a full hold time
   */
  abstract keep(tx: Tx, orderId: Id<'order'>, seconds?: number): Promise<Date | undefined>;

  /** Takes the prolongation back, because a payment ended without money. Returns the end, which may be over; undefined when there is no prolonged hold. */
  abstract endExtension(tx: Tx, orderId: Id<'order'>): Promise<Date | undefined>;

  /** Gives back what these orders hold; for cancelled ones also what is committed. Holds already given back are left alone. */
  abstract release(tx: Tx, orderIds: readonly Id<'order'>[], reason: 'expired' | 'cancelled'): Promise<void>;

  /**
   * Backs a paid order again that a count has shorted: holds and commits what of its lines is neither held, committed nor shipped. All or
   * nothing; refused with `insufficient_stock`. Nothing is done where nothing is missing.
   */
  abstract backAgain(tx: Tx, request: HoldRequest): Promise<{ readonly error: DomainError } | undefined>;

  /**
   * For each claim, in its order: whether that count has really taken these units from that order. One statement for the list.
   */
  abstract areShorted(db: Reader, claims: readonly ClaimedShortage[]): Promise<boolean[]>;
}

/** How much of each SKU can be promised. Implemented by the inventory module. */
export abstract class StockAvailability {
  /** SKUs without a stock level are absent: none of them is available. */
  abstract available(db: Reader, skus: readonly string[]): Promise<Map<string, number>>;
}

export interface OpeningStock {
  readonly sku: string;
  /** Units that are there on the day the SKU is first entered. */
  readonly onHand: number;
}

/** Entering stock together with products. Implemented by the inventory module. */
export abstract class StockReceipts {
  /** Creates missing levels with their opening movement. A level that exists is left as it is; its SKU is returned. */
  abstract open(tx: Tx, levels: readonly OpeningStock[], actor: string): Promise<string[]>;
}
