import { z } from 'zod';
import { idSchema, moneySchema } from '#kernel';
import { defineEvent } from '#messaging';
import { eventLines } from './event-lines.js';

const ORDER = 'order_01h2xcejqtf2nbrexx3vqjhp41';
const SHIPMENT = 'shp_01h2xcejqtf2nbrexx3vqjhp41';
const RETURN = 'ret_01h2xcejqtf2nbrexx3vqjhp41';
const eur = (amount: number) => ({ amount, currency: 'EUR' });

export const OrderPlaced = defineEvent({
  type: 'order.placed.v1',
  source: 'order',
  description: 'An order exists, its stock is held, and it waits for its payment.',
  schema: z.object({
    orderId: idSchema('order'),
    cartId: idSchema('cart'),
    total: moneySchema,
    lines: eventLines,
    reservationExpiresAt: z.iso.datetime(),
  }),
  example: {
    orderId: ORDER,
    cartId: 'cart_01h2xcejqtf2nbrexx3vqjhp41',
    total: eur(3998),
    lines: [{ sku: 'MUG-BLUE', quantity: 2 }],
    reservationExpiresAt: '2026-01-31T12:15:00.000Z',
  },
  queues: [],
});

export const OrderPaymentStarted = defineEvent({
  type: 'order.payment_started.v1',
  source: 'order',
  description: 'A buyer tries to pay the order; its stock is held for longer.',
  schema: z.object({ orderId: idSchema('order'), reservationExpiresAt: z.iso.datetime() }),
  example: { orderId: ORDER, reservationExpiresAt: '2026-01-31T12:15:00.000Z' },
  queues: [],
});

export const OrderPaymentFailed = defineEvent({
  type: 'order.payment_failed.v1',
  source: 'order',
  description: 'The try ended without money. The order can be paid while its stock is held.',
  schema: z.object({ orderId: idSchema('order'), reservationExpiresAt: z.iso.datetime() }),
  example: { orderId: ORDER, reservationExpiresAt: '2026-01-31T12:15:00.000Z' },
  queues: [],
});

export const OrderConfirmed = defineEvent({
  type: 'order.confirmed.v1',
  source: 'order',
  description:
    'The order is paid, its money is promised, or staff have accepted a smaller payment. Its stock is to be committed.',
  schema: z.object({ orderId: idSchema('order'), total: moneySchema, lines: eventLines }),
  example: { orderId: ORDER, total: eur(3998), lines: [{ sku: 'MUG-BLUE', quantity: 2 }] },
  queues: ['inventory.order-confirmed'],
});

export const OrderCancelled = defineEvent({
  type: 'order.cancelled.v1',
  source: 'order',
  description: 'The order was given up. Its stock is free again, and its money, if it had any, is given back.',
  schema: z.object({ orderId: idSchema('order'), reason: z.string().max(200) }),
  example: { orderId: ORDER, reason: 'customer' },
  queues: ['pricing.order-cancelled'],
});

export const OrderExpired = defineEvent({
  type: 'order.expired.v1',
  source: 'order',
  description: 'The order was not paid while its stock was held; the stock is free again.',
  schema: z.object({ orderId: idSchema('order') }),
  example: { orderId: ORDER },
  queues: ['pricing.order-expired'],
});

export const OrderPartiallyRefunded = defineEvent({
  type: 'order.partially_refunded.v1',
  source: 'order',
  description: 'A part of the order’s money has been given back.',
  schema: z.object({ orderId: idSchema('order'), refundedTotal: moneySchema }),
  example: { orderId: ORDER, refundedTotal: eur(500) },
  queues: [],
});

export const OrderRefunded = defineEvent({
  type: 'order.refunded.v1',
  source: 'order',
  description: 'All of the order’s money has been given back.',
  schema: z.object({ orderId: idSchema('order'), refundedTotal: moneySchema }),
  example: { orderId: ORDER, refundedTotal: eur(3998) },
  queues: [],
});

export const OrderHeld = defineEvent({
  type: 'order.held.v1',
  source: 'order',
  description: 'The order waits for a decision of staff; its stock stays held.',
  schema: z.object({
    orderId: idSchema('order'),
    reason: z.enum(['short_payment']).describe('`short_payment`: less than the total was paid.'),
  }),
  example: { orderId: ORDER, reason: 'short_payment' },
  queues: [],
});

/** Version 1 tells of orders that were paid too little, as before; its readers know no other reason. */
export const OrderHeldForReason = defineEvent({
  type: 'order.held.v2',
  source: 'order',
  description: 'A confirmed order waits for a decision of staff, for another reason than a payment that was too small.',
  schema: z.object({
    orderId: idSchema('order'),
    reason: z
      .string()
      .min(1)
      .max(50)
      .describe(
        '`staff`: somebody has stopped it. `stock_shorted`: a count found fewer units than it holds. More may come.',
      ),
  }),
  example: { orderId: ORDER, reason: 'stock_shorted' },
  queues: [],
});

export const OrderCancelling = defineEvent({
  type: 'order.cancelling.v1',
  source: 'order',
  description:
    'The order is given up after money came or was promised. Its stock is free again; order.cancelled.v1 follows the refund.',
  schema: z.object({ orderId: idSchema('order'), reason: z.string().max(200) }),
  example: { orderId: ORDER, reason: 'short_payment' },
  queues: [],
});

export const OrderDisputed = defineEvent({
  type: 'order.disputed.v1',
  source: 'order',
  description: 'The buyer’s bank asks for the order’s money back.',
  schema: z.object({ orderId: idSchema('order') }),
  example: { orderId: ORDER },
  queues: [],
});

export const OrderDisputeClosed = defineEvent({
  type: 'order.dispute_closed.v1',
  source: 'order',
  description: 'It is decided whether the shop keeps the money of a disputed order.',
  schema: z.object({ orderId: idSchema('order'), outcome: z.enum(['won', 'lost']) }),
  example: { orderId: ORDER, outcome: 'won' },
  queues: [],
});

export const OrderRefundFailed = defineEvent({
  type: 'order.refund_failed.v1',
  source: 'order',
  description: 'Money of the order could not be given back. A person must see to it.',
  schema: z.object({
    orderId: idSchema('order'),
    refundId: idSchema('rfd'),
    amount: moneySchema,
    reason: z.string().min(1),
  }),
  example: { orderId: ORDER, refundId: 'rfd_01h2xcejqtf2nbrexx3vqjhp41', amount: eur(500), reason: 'refused_by_bank' },
  queues: [],
});

export const OrderPaid = defineEvent({
  type: 'order.paid.v1',
  source: 'order',
  description: 'The promised money of a confirmed order has been captured.',
  schema: z.object({ orderId: idSchema('order'), amount: moneySchema }),
  example: { orderId: ORDER, amount: eur(3998) },
  queues: [],
});

export const OrderPartiallyPaid = defineEvent({
  type: 'order.partially_paid.v1',
  source: 'order',
  description: 'Less than the total of a confirmed order has been captured.',
  schema: z.object({ orderId: idSchema('order'), amount: moneySchema }),
  example: { orderId: ORDER, amount: eur(1999) },
  queues: [],
});

export const OrderPartiallyShipped = defineEvent({
  type: 'order.partially_shipped.v1',
  source: 'order',
  description: 'A part of the order’s goods has left.',
  schema: z.object({ orderId: idSchema('order'), shipmentId: idSchema('shp') }),
  example: { orderId: ORDER, shipmentId: SHIPMENT },
  queues: [],
});

export const OrderShipped = defineEvent({
  type: 'order.shipped.v1',
  source: 'order',
  description: 'The last of the order’s goods has left.',
  schema: z.object({ orderId: idSchema('order'), shipmentId: idSchema('shp') }),
  example: { orderId: ORDER, shipmentId: SHIPMENT },
  queues: [],
});

export const OrderPartiallyDelivered = defineEvent({
  type: 'order.partially_delivered.v1',
  source: 'order',
  description: 'A shipment of the order has arrived; more is to come.',
  schema: z.object({ orderId: idSchema('order'), shipmentId: idSchema('shp') }),
  example: { orderId: ORDER, shipmentId: SHIPMENT },
  queues: [],
});

export const OrderDelivered = defineEvent({
  type: 'order.delivered.v1',
  source: 'order',
  description: 'The last of the order’s goods has arrived.',
  schema: z.object({ orderId: idSchema('order'), shipmentId: idSchema('shp') }),
  example: { orderId: ORDER, shipmentId: SHIPMENT },
  queues: [],
});

export const OrderPartiallyReturned = defineEvent({
  type: 'order.partially_returned.v1',
  source: 'order',
  description: 'A part of the goods that had left is back.',
  schema: z.object({ orderId: idSchema('order'), returnId: idSchema('ret') }),
  example: { orderId: ORDER, returnId: RETURN },
  queues: [],
});

export const OrderReturned = defineEvent({
  type: 'order.returned.v1',
  source: 'order',
  description: 'All of the goods that had left are back.',
  schema: z.object({ orderId: idSchema('order'), returnId: idSchema('ret') }),
  example: { orderId: ORDER, returnId: RETURN },
  queues: [],
});

export const OrderReleased = defineEvent({
  type: 'order.released.v1',
  source: 'order',
  description: 'Staff let an order that was on hold go on.',
  schema: z.object({ orderId: idSchema('order'), reason: z.string().max(200) }),
  example: { orderId: ORDER, reason: 'the address was checked' },
  queues: [],
});
