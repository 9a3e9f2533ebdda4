import { z } from 'zod';
import { deliveryMethodId, discountCode, totalsSchema } from '#contracts';
import { idParam, pageOf, pageQuery } from '#http';
import { currencySchema, idSchema, moneySchema } from '#kernel';
import { FULFILMENT_STATUSES, HOLD_REASONS, ORDER_STATUSES, PAYMENT_STATUSES } from '../domain/order-states.js';
import { address } from './address.schema.js';
import { emailSchema } from './email.schema.js';

/** Largest value of the column. */
export const SEQ_MAX = 2_147_483_647;

export const PlaceOrder = z
  .strictObject({
    cartId: idSchema('cart'),
    email: emailSchema,
    shippingAddress: address,
    billingAddress: address.optional().meta({ description: 'The shipping address where it is absent.' }),
    deliveryMethod: deliveryMethodId.optional().meta({
      description:
        'One of the delivery methods of the cart. As long as the shop keeps none it may be left out, and is noted on the order.',
    }),
    discountCode: discountCode
      .optional()
      .meta({ description: 'Instead of the code that the cart has. Case does not count.' }),
    expectedTotal: moneySchema.optional().meta({
      description:
        'The total that the buyer was shown, with discount, delivery and tax. When it is another one now, the order is refused with `total_changed`.',
    }),
  })
  .meta({ id: 'PlaceOrder' });
export type PlaceOrder = z.infer<typeof PlaceOrder>;

export const OrderParams = z.strictObject({ orderId: idParam('order') });
export type OrderParams = z.infer<typeof OrderParams>;

export const OrderCursor = pageQuery.extend({ cursor: pageQuery.shape.cursor.pipe(idSchema('order').optional()) });
export type OrderCursor = z.infer<typeof OrderCursor>;

export const TimelineCursor = pageQuery.extend({
  cursor: pageQuery.shape.cursor.pipe(z.coerce.number<string>().int().min(0).max(SEQ_MAX).optional()),
});
export type TimelineCursor = z.infer<typeof TimelineCursor>;

export const StreamQuery = z.object({
  after: z.coerce
    .number<string>()
    .int()
    .min(0)
    .max(SEQ_MAX)
    .optional()
    .meta({ description: 'Events up to this `seq` are left out. `Last-Event-ID` wins.', example: 0 }),
});
export type StreamQuery = z.infer<typeof StreamQuery>;

const OrderLineView = z
  .object({
    sku: z.string().meta({ example: 'MUG-BLUE' }),
    name: z.string().meta({ example: 'Mug, blue' }),
    quantity: z.int().min(1).meta({ example: 2 }),
    unitPrice: moneySchema,
    lineTotal: moneySchema.meta({
      description: 'Price times quantity.',
      example: { amount: 3998, currency: 'EUR' },
    }),
    discount: moneySchema.meta({
      description: 'Its part of the discount of the order.',
      example: { amount: 0, currency: 'EUR' },
    }),
    tax: moneySchema.meta({
      description: 'On what is left of the line, or in it where the totals have includedTax.',
      example: { amount: 638, currency: 'EUR' },
    }),
  })
  .meta({ id: 'OrderLine', description: 'Name and price as they were when the order was placed.' });

export const OrderView = z
  .object({
    id: idSchema('order'),
    number: z.string().meta({ description: 'For people.', example: '100001' }),
    cartId: idSchema('cart'),
    status: z.enum(ORDER_STATUSES),
    paymentStatus: z.enum(PAYMENT_STATUSES),
    fulfilmentStatus: z.enum(FULFILMENT_STATUSES),
    currency: currencySchema,
    items: z.array(OrderLineView),
    totals: totalsSchema,
    email: z.string().meta({ example: 'ada@example.com' }),
    shippingAddress: address,
    billingAddress: address.nullable().meta({ example: null }),
    deliveryMethod: z.string().nullable().meta({ example: 'standard' }),
    deliveryMethodName: z.string().nullable().meta({ example: 'Standard, 2 to 3 days' }),
    deliveryTax: moneySchema.meta({
      description: 'Of the tax, what is for delivery; the rest is for the items.',
      example: { amount: 78, currency: 'EUR' },
    }),
    discountCode: z.string().nullable().meta({ example: null }),
    reservationExpiresAt: z.iso.datetime().meta({ description: 'Until then an unpaid order holds its stock.' }),
    holdReason: z.enum(HOLD_REASONS).nullable().meta({ description: 'Null unless it is on hold.', example: null }),
    placedAt: z.iso.datetime(),
    confirmedAt: z.iso.datetime().nullable().meta({ example: null }),
    version: z.int(),
  })
  .meta({ id: 'Order' });
export type OrderView = z.infer<typeof OrderView>;

export const OrderPage = pageOf(OrderView).meta({ id: 'OrderPage' });

export const OrderEventView = z
  .object({
    seq: z.int().meta({ description: 'From 1 without gaps.' }),
    type: z.string().meta({ example: 'order.confirmed' }),
    at: z.iso.datetime(),
    actor: z
      .string()
      .meta({ description: 'guest, customer:…, staff:…, payment, provider:… or system', example: 'guest' }),
    traceId: z.string().nullable().meta({
      description: 'Of the request or message that caused it, as in the log lines.',
      example: '0af7651916cd43dd8448eb211c80319c',
    }),
    data: z.record(z.string(), z.unknown()).meta({ example: {} }),
  })
  .meta({ id: 'OrderEvent' });
export type OrderEventView = z.infer<typeof OrderEventView>;

export const TimelinePage = pageOf(OrderEventView).meta({ id: 'OrderTimeline' });
