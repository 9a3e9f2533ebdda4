import { z } from 'zod';
import { orderNotPayable, skuSchema, totalsSchema, type Totals } from '#contracts';
import { DomainError } from '#kernel';
import type { OrderStates } from './order-states.js';

/** Also the answer to every wrong credential, so that an id alone tells nothing. */
export class OrderNotFound extends DomainError {
  static override readonly problem = {
    code: 'order_not_found',
    kind: 'not_found',
    title: 'Order not found',
    help: 'No such order, or the Cart-Token header or the bearer token does not open it.',
  } as const;
  constructor() {
    super('There is no such order, or the credentials sent do not open it. Check the id and the Cart-Token.');
  }
}

/** The state of the order does not allow what was asked. */
export class InvalidTransition extends DomainError {
  static override readonly problem = {
    code: 'invalid_transition',
    kind: 'conflict',
    title: 'Not possible in this state',
    members: z.object({
      from: z.string(),
      to: z.string(),
      paymentStatus: z.string().optional().meta({ description: 'Where a payment stands in the way' }),
      fulfilmentStatus: z.string().optional().meta({ description: 'Where goods that have left stand in the way' }),
    }),
  } as const;
  /** @param state further states that stood in the way */
  constructor(
    from: string,
    to: string,
    state: { readonly paymentStatus?: string; readonly fulfilmentStatus?: string } = {},
  ) {
    super(`An order that is ${from} cannot become ${to} now. Read it again to see what is possible.`, {
      from,
      to,
      ...state,
    });
  }

  /** With all of its states. */
  static of({ states }: { readonly states: OrderStates }, to: string): InvalidTransition {
    const { status, payment, fulfilment } = states;
    return new InvalidTransition(status, to, { paymentStatus: payment, fulfilmentStatus: fulfilment });
  }
}

const shortLine = z.object({
  sku: skuSchema,
  requested: z.int().meta({ example: 3 }),
  available: z.int().meta({ example: 2 }),
});

/** Lines that cannot be bought at all now: unknown, withdrawn, or without a price in the order's currency. None of them is available. */
export class LinesNotForSale extends DomainError {
  static override readonly problem = {
    code: 'insufficient_stock',
    kind: 'conflict',
    title: 'Not enough stock',
    help: 'Nothing was held. The member items lists each short line with what is available.',
    members: z.object({ items: z.array(shortLine) }),
  } as const;
  constructor(lines: readonly { readonly sku: string; readonly quantity: number }[]) {
    super('The listed items are not for sale any more. Remove them from the cart.', {
      items: lines.map(({ sku, quantity }) => ({ sku, requested: quantity, available: 0 })),
    });
  }
}

const lineOverLimit = z.object({ sku: skuSchema, requested: z.int(), limit: z.int() });
export type LineOverLimit = Readonly<z.infer<typeof lineOverLimit>>;

export class QuantityLimit extends DomainError {
  static override readonly problem = {
    code: 'quantity_limit',
    kind: 'conflict',
    title: 'More than may be ordered',
    members: z.object({ items: z.array(lineOverLimit).optional(), limit: z.int().optional() }),
  } as const;

  static units(items: readonly LineOverLimit[]): QuantityLimit {
    return new QuantityLimit('The cart has more of the listed items than an order may have. Lower their quantities.', {
      items,
    });
  }

  static amount(limit: number): QuantityLimit {
    return new QuantityLimit(`An order may be worth up to ${limit} minor units. Order in several carts.`, { limit });
  }
}

/** Prices have changed since the buyer saw the total. */
export class TotalChanged extends DomainError {
  static override readonly problem = {
    code: 'total_changed',
    kind: 'conflict',
    title: 'Total has changed',
    help: 'expectedTotal is not what the order costs now. Show the new totals to the buyer and ask again.',
    members: z.object({ totals: totalsSchema }),
  } as const;
  constructor(totals: Totals) {
    super('The total is not the expected one any more. Show the new totals to the buyer, then order with them.', {
      totals,
    });
  }
}

const LET_GO = 'Pay or cancel one of them, or wait until they expire. Then order again with a new Idempotency-Key.';

/** The caller has as many unpaid orders as one may have. */
export class OpenOrdersLimit extends DomainError {
  static override readonly problem = {
    code: 'open_orders_limit',
    kind: 'conflict',
    title: 'Too many unpaid orders',
    help: 'Pay or cancel an unpaid order, or wait until it expires. Then order again with a new Idempotency-Key.',
    members: z.object({ limit: z.int() }),
  } as const;
  constructor(limit: number) {
    super(`One buyer may have up to ${limit} unpaid orders. ${LET_GO}`, { limit });
  }
}

/** The caller's unpaid orders would hold more units than one may hold. */
export class HeldUnitsLimit extends DomainError {
  static override readonly problem = {
    code: 'held_units_limit',
    kind: 'conflict',
    title: 'Too many units held by unpaid orders',
    help: 'Pay or cancel an unpaid order, or wait until it expires. Then order again with a new Idempotency-Key.',
    members: z.object({ limit: z.int(), requested: z.int() }),
  } as const;
  /** @param requested units of the order that was refused */
  constructor(limit: number, requested: number) {
    const message =
      requested > limit
        ? `An order may have up to ${limit} units. Order in several carts, and pay each before the next one.`
        : `The unpaid orders of one buyer may hold up to ${limit} units. ${LET_GO}`;
    super(message, { limit, requested });
  }
}

export class AlreadyPaid extends DomainError {
  static override readonly problem = { code: 'already_paid', kind: 'conflict', title: 'Already paid' } as const;
  constructor() {
    super('The order is paid. There is nothing left to pay.');
  }
}

export class PaymentInProgress extends DomainError {
  static override readonly problem = {
    code: 'payment_in_progress',
    kind: 'conflict',
    title: 'Another payment is under way',
  } as const;
  constructor() {
    super('A payment of this order is under way. Wait for its outcome before you start another one.');
  }
}

/** Its state, or the time for which its stock is held, has ended. */
export class OrderNotPayable extends DomainError {
  static override readonly problem = orderNotPayable;
  constructor(status: string) {
    super('The order can no longer be paid: its stock is not held any more. Start a new cart.', {
      orderStatus: status,
    });
  }
}
