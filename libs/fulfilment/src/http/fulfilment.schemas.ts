import { z } from 'zod';
import { skuSchema, UNITS_MAX } from '#contracts';
import { idParam, pageOf, pageQuery } from '#http';
import { idSchema, lineOfText, moneySchema } from '#kernel';
import { RETURN_STATUSES, SHIPMENT_STATUSES } from '../domain/transitions.js';

/** An order has no more lines. */
const LINES_MAX = 100;

const units = z.int().min(0).max(UNITS_MAX);

const itemSchema = z.strictObject({ sku: skuSchema, quantity: units.min(1).meta({ example: 2 }) });

const namesEachSkuOnce = (items: readonly { readonly sku: string }[]) =>
  new Set(items.map(({ sku }) => sku)).size === items.length;

const itemsSchema = z.array(itemSchema).min(1).max(LINES_MAX).refine(namesEachSkuOnce, 'must name each SKU once');

const location = lineOfText(64).optional().meta({ example: 'default' });

export const TrackingBody = z
  .strictObject({
    carrier: lineOfText(100).meta({ example: 'DHL' }),
    number: lineOfText(100).meta({ example: '00340434161094042557' }),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .optional()
      .meta({
        description: 'Where the buyer sees where it is.',
        example: 'https://example.com/track/00340434161094042557',
      }),
  })
  .meta({ id: 'Tracking' });
export type TrackingBody = z.infer<typeof TrackingBody>;

export const ShipBody = z
  .strictObject({
    items: itemsSchema.optional().meta({ description: 'Without it, everything that has not left.' }),
    location: location.meta({ description: 'Where the goods lie. Without it, wherever the order holds them.' }),
    tracking: TrackingBody.optional(),
  })
  .meta({ id: 'ShipOrder' });
export type ShipBody = z.infer<typeof ShipBody>;

export const ReturnBody = z
  .strictObject({ items: itemsSchema, reason: lineOfText(200).meta({ example: 'the mug is too small' }) })
  .meta({ id: 'RequestReturn' });
export type ReturnBody = z.infer<typeof ReturnBody>;

export const ReceiveBody = z
  .strictObject({
    items: z
      .array(
        z
          .strictObject({
            sku: skuSchema,
            restocked: units.meta({ description: 'Units to be sold again.', example: 1 }),
            writtenOff: units.meta({ description: 'Units that are not.', example: 0 }),
          })
          .refine(({ restocked, writtenOff }) => restocked + writtenOff > 0, 'must be one unit at least'),
      )
      .min(1)
      .max(LINES_MAX)
      .refine(namesEachSkuOnce, 'must name each SKU once')
      .meta({ description: 'What has come. What is not named has not.' }),
    refund: z
      .union([
        moneySchema.refine(({ amount }) => amount > 0, { error: 'must be more than 0', path: ['amount'] }),
        z.literal('none'),
      ])
      .optional()
      .meta({
        description:
          'What is given back. Without it, the prices of these units on the order, and the total of the order at the most.',
      }),
    location: location.meta({ description: 'Where the goods lie now. Without it, where the shop receives goods.' }),
  })
  .meta({ id: 'ReceiveReturn' });
export type ReceiveBody = z.infer<typeof ReceiveBody>;

export const CancelReturnBody = z
  .strictObject({ reason: lineOfText(200).meta({ example: 'the customer keeps it' }) })
  .meta({ id: 'CancelReturn' });
export type CancelReturnBody = z.infer<typeof CancelReturnBody>;

export const OrderParams = z.strictObject({ orderId: idParam('order') });
export type OrderParams = z.infer<typeof OrderParams>;

export const ShipmentParams = z.strictObject({ shipmentId: idParam('shp') });
export type ShipmentParams = z.infer<typeof ShipmentParams>;

export const ReturnParams = z.strictObject({ returnId: idParam('ret') });
export type ReturnParams = z.infer<typeof ReturnParams>;

export const OrderReturnParams = OrderParams.extend(ReturnParams.shape);
export type OrderReturnParams = z.infer<typeof OrderReturnParams>;

export const ShipmentCursor = pageQuery.extend({ cursor: pageQuery.shape.cursor.pipe(idSchema('shp').optional()) });
export type ShipmentCursor = z.infer<typeof ShipmentCursor>;

export const ReturnCursor = pageQuery.extend({ cursor: pageQuery.shape.cursor.pipe(idSchema('ret').optional()) });
export type ReturnCursor = z.infer<typeof ReturnCursor>;

export const ShipmentsQuery = ShipmentCursor.extend({
  status: z.enum(SHIPMENT_STATUSES).optional(),
  orderId: idSchema('order').optional(),
});
export type ShipmentsQuery = z.infer<typeof ShipmentsQuery>;

export const ReturnsQuery = ReturnCursor.extend({
  status: z.enum(RETURN_STATUSES).optional(),
  orderId: idSchema('order').optional(),
});
export type ReturnsQuery = z.infer<typeof ReturnsQuery>;

export const ShipmentView = z
  .object({
    id: idSchema('shp'),
    orderId: idSchema('order'),
    status: z.enum(SHIPMENT_STATUSES),
    items: z.array(itemSchema),
    tracking: TrackingBody.nullable(),
    shippedAt: z.iso.datetime(),
    deliveredAt: z.iso.datetime().nullable().meta({ example: null }),
  })
  .meta({ id: 'Shipment' });
export type ShipmentView = z.infer<typeof ShipmentView>;

export const StaffShipmentView = ShipmentView.extend({
  location: z.string().nullable().meta({ description: 'Null: wherever the order held the goods.', example: null }),
  shippedBy: z.string().meta({ example: 'staff:admin' }),
  deliveredBy: z.string().nullable().meta({ example: null }),
}).meta({ id: 'StaffShipment' });
export type StaffShipmentView = z.infer<typeof StaffShipmentView>;

const ReturnLineView = itemSchema.extend({
  restocked: z
    .int()
    .nullable()
    .meta({ description: 'Units to be sold again. Null until it is received.', example: null }),
  writtenOff: z.int().nullable().meta({ description: 'Units that are not.', example: null }),
});

export const ReturnView = z
  .object({
    id: idSchema('ret'),
    orderId: idSchema('order'),
    status: z.enum(RETURN_STATUSES),
    items: z.array(ReturnLineView),
    reason: z.string().meta({ example: 'the mug is too small' }),
    refund: moneySchema.nullable().meta({ description: 'What is given back for it. Null: nothing, or not yet.' }),
    requestedAt: z.iso.datetime(),
    receivedAt: z.iso.datetime().nullable().meta({ example: null }),
    cancelledAt: z.iso.datetime().nullable().meta({ example: null }),
  })
  .meta({ id: 'Return' });
export type ReturnView = z.infer<typeof ReturnView>;

export const StaffReturnView = ReturnView.extend({
  location: z.string().nullable().meta({ description: 'Null: where the shop receives goods.', example: null }),
  requestedBy: z.string().meta({ example: 'staff:admin' }),
  closedBy: z.string().nullable().meta({ description: 'Who received or cancelled it.', example: null }),
  cancelReason: z.string().nullable().meta({ example: null }),
}).meta({ id: 'StaffReturn' });
export type StaffReturnView = z.infer<typeof StaffReturnView>;

export const ShipmentPage = pageOf(ShipmentView).meta({ id: 'ShipmentPage' });
export const StaffShipmentPage = pageOf(StaffShipmentView).meta({ id: 'StaffShipmentPage' });
export const ReturnPage = pageOf(ReturnView).meta({ id: 'ReturnPage' });
export const StaffReturnPage = pageOf(StaffReturnView).meta({ id: 'StaffReturnPage' });
