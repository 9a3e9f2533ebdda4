import { z } from 'zod';
import { idSchema, moneySchema } from '#kernel';
import { defineEvent } from '#messaging';
import { eventLines } from './event-lines.js';

const ORDER = 'order_01h2xcejqtf2nbrexx3vqjhp41';
const SHIPMENT = 'shp_01h2xcejqtf2nbrexx3vqjhp41';
const RETURN = 'ret_01h2xcejqtf2nbrexx3vqjhp41';
const MUGS = [{ sku: 'MUG-BLUE', quantity: 2 }];

const shipment = z.object({ shipmentId: idSchema('shp'), orderId: idSchema('order'), lines: eventLines });
const goodsReturn = z.object({ returnId: idSchema('ret'), orderId: idSchema('order'), lines: eventLines });

export const ShipmentShipped = defineEvent({
  type: 'shipment.shipped.v1',
  source: 'fulfilment',
  description: 'Goods of an order have left. Their stock is to be consumed, and promised money to be captured.',
  schema: shipment.extend({
    location: z.string().min(1).max(64).nullable().describe('Where they lay; null: wherever the order holds them.'),
  }),
  example: { shipmentId: SHIPMENT, orderId: ORDER, lines: MUGS, location: null },
  queues: ['inventory.shipment-shipped', 'payment.shipment-shipped'],
});

export const ShipmentDelivered = defineEvent({
  type: 'shipment.delivered.v1',
  source: 'fulfilment',
  description: 'Goods of an order have arrived.',
  schema: shipment,
  example: { shipmentId: SHIPMENT, orderId: ORDER, lines: MUGS },
  queues: [],
});

export const ReturnRequested = defineEvent({
  type: 'return.requested.v1',
  source: 'fulfilment',
  description: 'Shipped goods of an order are to come back.',
  schema: goodsReturn,
  example: { returnId: RETURN, orderId: ORDER, lines: MUGS },
  queues: [],
});

export const ReturnCancelled = defineEvent({
  type: 'return.cancelled.v1',
  source: 'fulfilment',
  description: 'Goods that were to come back stay with their buyer.',
  schema: goodsReturn,
  example: { returnId: RETURN, orderId: ORDER, lines: MUGS },
  queues: [],
});

export const ReturnReceived = defineEvent({
  type: 'return.received.v1',
  source: 'fulfilment',
  description:
    'Returned goods have arrived. What can be sold again goes to stock, the rest is written off; the refund, if there is one, is to be made.',
  schema: z.object({
    returnId: idSchema('ret'),
    orderId: idSchema('order'),
    location: z.string().min(1).max(64).nullable().describe('Where they lie now; null: where the shop receives goods.'),
    lines: z
      .array(
        z.object({
          sku: z.string().min(1).max(64),
          restocked: z.int().min(0).describe('Units to be sold again.'),
          writtenOff: z.int().min(0).describe('Units that are not.'),
        }),
      )
      .min(1)
      .max(100),
    refund: moneySchema.nullable(),
  }),
  example: {
    returnId: RETURN,
    orderId: ORDER,
    location: null,
    lines: [{ sku: 'MUG-BLUE', restocked: 1, writtenOff: 1 }],
    refund: { amount: 3998, currency: 'EUR' },
  },
  queues: ['inventory.return-received', 'payment.return-received'],
});
