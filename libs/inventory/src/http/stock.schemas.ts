import { z } from 'zod';
import { skuSchema, UNITS_MAX } from '#contracts';
import { pageOf, pageQuery } from '#http';
import { idSchema, lineOfText } from '#kernel';
import { locationId, locationOrDefault } from './location.schemas.js';
import type { LevelOfStock } from '../persistence/find-stock.js';
import type { StockMovement } from '../persistence/stock-movement.entity.js';

const MOVEMENT_KINDS = ['opening', 'adjustment', 'count', 'transfer', 'shipment', 'return', 'write_off'] as const;

const units = z.int().min(0).max(UNITS_MAX);

export const StockParams = z.strictObject({ sku: skuSchema });
export type StockParams = z.infer<typeof StockParams>;

export const LevelQuery = z.object({ location: locationOrDefault });
export type LevelQuery = z.infer<typeof LevelQuery>;

export const StockQuery = pageQuery.extend({ location: locationId.optional() });
export type StockQuery = z.infer<typeof StockQuery>;

export const AdjustmentBody = z
  .strictObject({
    delta: z
      .int()
      .min(-UNITS_MAX)
      .max(UNITS_MAX)
      .refine((delta) => delta !== 0, 'must not be 0')
      .meta({ description: 'Units that came (positive) or went (negative).' }),
    reason: lineOfText(200),
    reference: lineOfText(100).optional().meta({ description: 'The paper behind it, for example a delivery note.' }),
    location: locationOrDefault,
  })
  .meta({ example: { delta: -2, reason: 'broken in the warehouse' } });
export type AdjustmentBody = z.infer<typeof AdjustmentBody>;

export const CountBody = z
  .strictObject({
    onHand: units.meta({ description: 'Units that lie there, those that orders hold included.' }),
    reason: lineOfText(200),
    acceptShortage: z.boolean().default(false).meta({
      description: 'Fewer units than orders hold are accepted: those orders that come last lose what they hold.',
    }),
    location: locationOrDefault,
  })
  .meta({ example: { onHand: 40, reason: 'yearly count' } });
export type CountBody = z.infer<typeof CountBody>;

export const TransferBody = z
  .strictObject({
    from: locationId,
    to: locationId,
    quantity: z.int().min(1).max(UNITS_MAX),
    reason: lineOfText(200),
  })
  .refine(({ from, to }) => from !== to, { error: 'must not be where the goods are', path: ['to'] })
  .meta({ example: { from: 'default', to: 'north', quantity: 10, reason: 'weekly supply' } });
export type TransferBody = z.infer<typeof TransferBody>;

export const PolicyBody = z
  .strictObject({
    safetyStock: units.meta({ description: 'Units that are never promised.' }),
    backorderLimit: units.meta({ description: 'Units that may be promised beyond those on hand.' }),
    lowStockAt: units.nullable().meta({ description: 'What can be promised counts as low from here; null: never.' }),
    location: locationOrDefault,
  })
  .meta({ example: { safetyStock: 2, backorderLimit: 0, lowStockAt: 5 } });
export type PolicyBody = z.infer<typeof PolicyBody>;

export const StockView = z
  .object({
    sku: skuSchema,
    location: locationId,
    onHand: units.meta({ example: 40 }),
    reserved: z.int().min(0).meta({ example: 3 }),
    available: z
      .int()
      .min(0)
      .meta({ example: 37, description: 'On hand, less reserved and safety stock, and backorders.' }),
    safetyStock: units.meta({ example: 0 }),
    backorderLimit: units.meta({ example: 0 }),
    lowStockAt: units.nullable().meta({ example: 5 }),
    version: z.int().min(1),
  })
  .meta({ id: 'StockLevel' });

export const StockOfSkuView = z
  .object({
    sku: skuSchema,
    onHand: z.int().min(0).meta({ example: 40 }),
    reserved: z.int().min(0).meta({ example: 3 }),
    available: z.int().min(0).meta({ example: 37, description: 'At active locations.' }),
    version: z
      .int()
      .min(1)
      .meta({ description: 'Grows with every change of a level. The ETag of a level is its own version.' }),
    levels: z.array(StockView),
  })
  .meta({ id: 'StockOfSku', description: 'Sums over the levels.' });

export const CountView = StockView.extend({
  shortedOrders: z
    .array(z.object({ orderId: idSchema('order'), quantity: z.int() }))
    .meta({ description: 'Orders that lost what they held; the first of them.' }),
  shortedOrdersTotal: z.int(),
}).meta({ id: 'StockCount' });

export const TransferView = z
  .object({
    reference: z.string().meta({ description: 'Of both movements.', example: 'mov_01h2xcejqtf2nbrexx3vqjhp41' }),
    levels: z.array(StockView).meta({ description: 'Where the units were, and where they are.' }),
  })
  .meta({ id: 'StockTransfer' });

export const MovementView = z
  .object({
    id: z.string(),
    sku: skuSchema,
    location: locationId,
    kind: z.enum(MOVEMENT_KINDS),
    delta: z.int(),
    onHand: units.meta({ description: 'Units on hand after it.' }),
    reason: z.string().meta({ example: 'delivery' }),
    actor: z.string().meta({ description: 'Who did it: staff:…', example: 'staff:admin' }),
    reference: z.string().nullable().meta({ example: 'DN-2031' }),
    at: z.iso.datetime(),
  })
  .meta({ id: 'StockMovement' });

export const AdjustmentView = MovementView.extend({ level: StockView }).meta({ id: 'StockAdjustment' });

export const MovementQuery = pageQuery.extend({
  location: locationId.optional(),
  kind: z.enum(MOVEMENT_KINDS).optional(),
  reference: lineOfText(100).optional(),
  from: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .optional(),
  to: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .optional(),
});
export type MovementQuery = z.infer<typeof MovementQuery>;

export const StockPage = pageOf(StockOfSkuView);
export const MovementPage = pageOf(MovementView);

export function stockView(level: LevelOfStock): z.input<typeof StockView> {
  const { sku, location, onHand, reserved, available, safetyStock, backorderLimit, lowStockAt, version } = level;
  return { sku, location, onHand, reserved, available, safetyStock, backorderLimit, lowStockAt, version };
}

export function movementView(movement: StockMovement): z.input<typeof MovementView> {
  const { id, sku, location, kind, delta, onHand, reason, actor, reference, at } = movement;
  return { id, sku, location, kind, delta, onHand, reason, actor, reference, at: at.toISOString() };
}
