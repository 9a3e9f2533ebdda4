import { z } from 'zod';
import { skuSchema } from '#contracts';
import { DomainError, moneySchema, type Money } from '#kernel';

const exceeded = z.object({
  items: z.array(
    z.object({
      sku: skuSchema,
      requested: z.int().meta({ example: 3 }),
      left: z.int().meta({ example: 1 }),
    }),
  ),
});

/** More units of a SKU than are left for what is asked. */
export interface ExceededLine {
  readonly sku: string;
  readonly requested: number;
  readonly left: number;
}

export class ShipmentNotFound extends DomainError {
  static override readonly problem = {
    code: 'shipment_not_found',
    kind: 'not_found',
    title: 'Shipment not found',
  } as const;
  constructor() {
    super('There is no such shipment. Check the shipment id.');
  }
}

export class ReturnNotFound extends DomainError {
  static override readonly problem = {
    code: 'return_not_found',
    kind: 'not_found',
    title: 'Return not found',
  } as const;
  constructor() {
    super('There is no such return. Check the return id.');
  }
}

/** The goods that are named were never part of the order. */
export class SkuNotOrdered extends DomainError {
  static override readonly problem = {
    code: 'sku_not_ordered',
    kind: 'invalid',
    title: 'SKU is not part of the order',
    members: z.object({ skus: z.array(skuSchema) }),
  } as const;
  constructor(skus: readonly string[]) {
    super('The order has no line with these SKUs. Read the order to see its lines.', { skus });
  }
}

export class OverShipment extends DomainError {
  static override readonly problem = {
    code: 'over_shipment',
    kind: 'conflict',
    title: 'More than is left to ship',
    members: exceeded,
  } as const;
  constructor(items: readonly ExceededLine[]) {
    super('More units than are left to ship. `items` says how many of each line are left.', { items });
  }
}

export class AlreadyShipped extends DomainError {
  static override readonly problem = {
    code: 'already_shipped',
    kind: 'conflict',
    title: 'Everything has been shipped',
  } as const;
  constructor() {
    super('All units of the order have left. List its shipments to see when.');
  }
}

export class OverReturn extends DomainError {
  static override readonly problem = {
    code: 'over_return',
    kind: 'conflict',
    title: 'More than can be returned',
    help: 'What has left, without what has come back and without what open returns ask for, can be returned.',
    members: exceeded,
  } as const;
  constructor(items: readonly ExceededLine[]) {
    super('More units than can be returned. `items` says how many of each line are left.', { items });
  }
}

export class OverReceipt extends DomainError {
  static override readonly problem = {
    code: 'over_receipt',
    kind: 'conflict',
    title: 'More than the return asks for',
    help: 'Units that came without being asked for need a return of their own.',
    members: exceeded,
  } as const;
  constructor(items: readonly ExceededLine[]) {
    super('More units than this return asks for. `items` says how many of each line it asks for.', { items });
  }
}

export class RefundExceedsOrder extends DomainError {
  static override readonly problem = {
    code: 'refund_exceeds_order',
    kind: 'conflict',
    title: 'More than the order’s total',
    members: z.object({ refundable: moneySchema }),
  } as const;
  /** @param refundable the total of the order without the refunds of its earlier returns */
  constructor(refundable: Money) {
    super(
      'The refunds of an order’s returns are its total at the most, in its currency. Ask for `refundable` or less.',
      {
        refundable,
      },
    );
  }
}

/** The state of the shipment or the return does not allow what was asked. */
export class InvalidTransition extends DomainError {
  static override readonly problem = {
    code: 'invalid_transition',
    kind: 'conflict',
    title: 'Not possible in this state',
    members: z.object({
      from: z.string(),
      to: z.string(),
      paymentStatus: z.string().optional().meta({ description: 'Of the order, where that stands in the way' }),
      fulfilmentStatus: z.string().optional().meta({ description: 'Of the order, where that stands in the way' }),
    }),
  } as const;
  constructor(from: string, to: string) {
    super(`What is ${from} cannot become ${to} now. Read it again to see what is possible.`, { from, to });
  }
}
