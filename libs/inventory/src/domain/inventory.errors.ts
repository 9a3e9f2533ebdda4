import { z } from 'zod';
import { DomainError, idSchema } from '#kernel';

export interface ShortLine {
  readonly sku: string;
  readonly requested: number;
  readonly available: number;
}

/** An order asked for more than there is. Nothing of it was held. */
export class InsufficientStock extends DomainError {
  static override readonly problem = {
    code: 'insufficient_stock',
    kind: 'conflict',
    title: 'Not enough stock',
    help: 'Nothing was held. The member items lists each short line with what is available.',
  } as const;
  constructor(items: readonly ShortLine[]) {
    super('There is not enough stock for the listed items. Lower their quantities or remove them.', { items });
  }
}

export class StockNotFound extends DomainError {
  static override readonly problem = {
    code: 'stock_not_found',
    kind: 'not_found',
    title: 'No stock level for this SKU',
    members: z.object({ sku: z.string() }),
  } as const;
  constructor(sku: string) {
    super('No stock is kept under this SKU. Create the product first; that opens its stock level.', { sku });
  }
}

export class LocationNotFound extends DomainError {
  static override readonly problem = {
    code: 'location_not_found',
    kind: 'not_found',
    title: 'No such location',
    members: z.object({ location: z.string() }),
  } as const;
  constructor(location: string) {
    super('The shop has no such location. Create it first.', { location });
  }
}

/** More units on hand than a level can count. */
export class StockLimitExceeded extends DomainError {
  static override readonly problem = {
    code: 'stock_limit_exceeded',
    kind: 'conflict',
    title: 'More than a stock level can count',
    members: z.object({ limit: z.int() }),
  } as const;
  constructor(limit: number) {
    super(`A stock level counts up to ${limit} units.`, { limit });
  }
}

const shortedOrder = z.object({ orderId: idSchema('order'), quantity: z.int(), status: z.string() });
export type ShortedOrder = Readonly<z.infer<typeof shortedOrder>>;

interface Shortage {
  readonly onHand: number;
  readonly reserved: number;
  readonly orders: readonly ShortedOrder[];
  /** `orders` names the first of them. */
  readonly ordersTotal: number;
}

/** Fewer units would be left than orders hold. */
export class BelowReserved extends DomainError {
  static override readonly problem = {
    code: 'below_reserved',
    kind: 'conflict',
    title: 'Stock below what orders hold',
    members: z.object({
      onHand: z.int(),
      reserved: z.int(),
      orders: z.array(shortedOrder),
      ordersTotal: z.int().meta({ description: '`orders` names the first of them.' }),
    }),
  } as const;
  constructor(shortage: Shortage) {
    super('Orders hold more units than would be left. Cancel the named orders first, or keep enough for them.', {
      ...shortage,
    });
  }
}

/** A count would take stock from orders whose money may be arriving. */
export class CountAwaitsPayments extends DomainError {
  static override readonly problem = {
    code: 'count_awaits_payments',
    kind: 'conflict',
    title: 'Payments of orders that the count would short are under way',
    members: z.object({ orders: z.array(shortedOrder), ordersTotal: z.int() }),
    retryAfterSeconds: 60,
  } as const;
  constructor(orders: readonly ShortedOrder[], ordersTotal: number) {
    super('Buyers are paying for units that were not found. Send the count again when these payments have ended.', {
      orders,
      ordersTotal,
    });
  }
}

/** A shipment has left, but the ledger has fewer units there. The movement waits until the goods have been entered. */
export class GoodsNotOnHand extends DomainError {
  static override readonly problem = {
    code: 'goods_not_on_hand',
    kind: 'internal',
    title: 'Shipped goods are not in the ledger yet',
  } as const;
  constructor(shipmentId: string, sku: string) {
    super(`Shipment ${shipmentId} took more units of ${sku} than are on hand. Enter the goods that came.`, { sku });
  }
}

/** A shipment names more than its order holds. */
export class ShippedNotHeld extends DomainError {
  static override readonly problem = {
    code: 'shipped_not_held',
    kind: 'internal',
    title: 'Shipped goods are not held by their order',
  } as const;
  constructor(shipmentId: string, sku: string) {
    super(
      `Shipment ${shipmentId} took more units of ${sku} than its order holds. Correct the stock by an adjustment and discard this message.`,
      { sku },
    );
  }
}

export interface UnbackedLine {
  readonly sku: string;
  readonly confirmed: number;
  readonly held: number;
}

/** A confirmed order whose stock is not held. Trying again cannot bring the hold back, so a person has to look. */
export class HoldMissing extends DomainError {
  static override readonly problem = {
    code: 'hold_missing',
    kind: 'internal',
    title: 'Stock of a confirmed order is not held',
  } as const;
  constructor(orderId: string, items: readonly UnbackedLine[]) {
    super(
      `Order ${orderId} is confirmed, but its stock is not held. Hold the units again and replay, or cancel and refund it.`,
      { orderId, items },
    );
  }
}
