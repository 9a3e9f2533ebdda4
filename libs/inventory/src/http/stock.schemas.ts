import { z } from 'zod';
import { skuSchema, UNITS_MAX } from '#contracts';
import { pageOf, pageQuery } from '#http';
import { lineOfText } from '#kernel';
import type { StockLevel } from '../persistence/stock-level.entity.js';
import type { StockMovement } from '../persistence/stock-movement.entity.js';
import type { StockReservation } from '../persistence/stock-reservation.entity.js';

const units = z.int().min(0).max(UNITS_MAX);

export const StockParams = z.strictObject({ sku: skuSchema });
export type StockParams = z.infer<typeof StockParams>;

export const StockQuery = pageQuery;
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
  })
  .meta({ example: { delta: -2, reason: 'broken in the warehouse' } });
export type AdjustmentBody = z.infer<typeof AdjustmentBody>;

export const CountBody = z
  .strictObject({
    onHand: units.meta({ description: 'Units that lie there, those that orders hold included.' }),
    reason: lineOfText(200),
  })
  .meta({ example: { onHand: 40, reason: 'yearly count' } });
export type CountBody = z.infer<typeof CountBody>;

export const StockView = z
  .object({
    sku: skuSchema,
    onHand: units.meta({ example: 40 }),
    reserved: units.meta({ example: 3 }),
    available: units.meta({ example: 37 }),
    version: z.int().min(1),
  })
  .meta({ id: 'StockLevel' });

export const MovementView = z
  .object({
    id: z.string(),
    sku: skuSchema,
    kind: z.enum(['opening', 'adjustment', 'count']),
    delta: z.int(),
    onHand: units.meta({ description: 'Units on hand after it.' }),
    reason: z.string().meta({ example: 'delivery' }),
    actor: z.string().meta({ description: 'Who did it: staff:…', example: 'staff:admin' }),
    reference: z.string().nullable().meta({ example: 'DN-2031' }),
    at: z.iso.datetime(),
  })
  .meta({ id: 'StockMovement' });

export const AdjustmentView = MovementView.extend({ level: StockView }).meta({ id: 'StockAdjustment' });

export const ReservationView = z
  .object({
    orderId: z.string().meta({ example: 'order_01h2xcejqtf2nbrexx3vqjhp41' }),
    quantity: z.int(),
    status: z.enum(['held', 'extended', 'committed']),
    heldAt: z.iso.datetime(),
    expiresAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Null once the order is paid: then it holds until it is shipped.' }),
  })
  .meta({ id: 'StockReservation' });

export const StockPage = pageOf(StockView);
export const MovementPage = pageOf(MovementView);
export const ReservationPage = pageOf(ReservationView);

export function stockView({ sku, onHand, reserved, available, version }: StockLevel): z.input<typeof StockView> {
  return { sku, onHand, reserved, available, version };
}

export function movementView(movement: StockMovement): z.input<typeof MovementView> {
  const { id, sku, kind, delta, onHand, reason, actor, reference, at } = movement;
  return { id, sku, kind, delta, onHand, reason, actor, reference, at: at.toISOString() };
}

export function reservationView({ orderId, quantity, status, heldAt, expiresAt }: StockReservation) {
  return {
    orderId,
    quantity,
    status,
    heldAt: heldAt.toISOString(),
    expiresAt: status === 'committed' ? null : expiresAt.toISOString(),
  };
}
