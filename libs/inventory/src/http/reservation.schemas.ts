import { z } from 'zod';
import { skuSchema } from '#contracts';
import { pageOf, pageQuery } from '#http';
import { idSchema } from '#kernel';
import type { FoundReservation, ReservationKey } from '../persistence/find-reservations.js';
import { locationId } from './location.schemas.js';

const LIVE = ['held', 'extended', 'committed'] as const;
const STATUSES = [...LIVE, 'consumed', 'expired', 'released'] as const;

const key = z.tuple([z.string(), z.string(), z.string(), z.int().min(0)]);

const reservationCursor = pageQuery.shape.cursor.pipe(
  z
    .string()
    .transform((text, context): ReservationKey => {
      const parsed = key.safeParse(jsonOf(text));
      if (parsed.success) return parsed.data;
      context.addIssue({ code: 'custom', message: 'must be a nextCursor as it was received' });
      return z.NEVER;
    })
    .optional(),
);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The cursor of a page that ends with this one. */
export const reservationKey = ({ orderId, sku, location, heldSequence }: FoundReservation): string =>
  JSON.stringify([orderId, sku, location, heldSequence]);

export const HoldersQuery = pageQuery.extend({
  cursor: reservationCursor,
  status: z.enum(LIVE).optional(),
  orderId: idSchema('order').optional(),
  location: locationId.optional(),
});
export type HoldersQuery = z.infer<typeof HoldersQuery>;

export const ReservationsQuery = pageQuery.extend({
  cursor: reservationCursor,
  orderId: idSchema('order'),
  status: z.enum(STATUSES).optional(),
  sku: skuSchema.optional(),
  location: locationId.optional(),
});
export type ReservationsQuery = z.infer<typeof ReservationsQuery>;

/** Those that hold units, or the one that is asked for. */
export const liveOr = (status: (typeof LIVE)[number] | undefined) => (status === undefined ? LIVE : [status]);
export const anyOr = (status: (typeof STATUSES)[number] | undefined) => (status === undefined ? STATUSES : [status]);

export const ReservationView = z
  .object({
    orderId: z.string().meta({ example: 'order_01h2xcejqtf2nbrexx3vqjhp41' }),
    sku: skuSchema,
    location: locationId,
    quantity: z.int(),
    consumed: z.int().meta({ description: 'Units of it that have been shipped.' }),
    backordered: z.int().meta({
      description: 'Units of it that do not lie there yet: paid orders are served first, then whoever came first.',
    }),
    status: z.enum(STATUSES),
    cause: z
      .enum(['cancelled', 'shorted'])
      .nullable()
      .meta({ description: 'Why it was released: its order was cancelled, or a count found too little.' }),
    heldAt: z.iso.datetime(),
    expiresAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Null once the order is paid: then it holds until it is shipped.' }),
  })
  .meta({ id: 'StockReservation' });

export const ReservationPage = pageOf(ReservationView);

export function reservationView(reservation: FoundReservation): z.input<typeof ReservationView> {
  const { orderId, sku, location, quantity, consumed, backordered, status, releaseCause, heldAt, expiresAt } =
    reservation;
  return {
    orderId,
    sku,
    location,
    quantity,
    consumed,
    backordered,
    status,
    cause: releaseCause,
    heldAt: heldAt.toISOString(),
    expiresAt: status === 'committed' || status === 'consumed' ? null : expiresAt.toISOString(),
  };
}
