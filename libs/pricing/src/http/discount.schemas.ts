import { z } from 'zod';
import { discountCode } from '#contracts';
import { pageOf } from '#http';
import { Money, moneySchema } from '#kernel';
import type { Discount } from '../persistence/discount.entity.js';
import type { DiscountTerms } from '../use-cases/put-discount.js';

/** Largest value of the column. */
const USES_MAX = 2_147_483_647;

const time = z.iso.datetime().nullable().default(null);
const uses = z.int().min(1).max(USES_MAX).nullable().default(null);

export const DiscountParams = z.strictObject({ code: discountCode });
export type DiscountParams = z.infer<typeof DiscountParams>;

export const DiscountBody = z
  .strictObject({
    amount: moneySchema
      .nullable()
      .default(null)
      .meta({ description: 'Off the subtotal, down to 0. Instead of basisPoints.' }),
    basisPoints: z
      .int()
      .min(1)
      .max(10_000)
      .nullable()
      .default(null)
      .meta({ description: 'Hundredths of a percent of the subtotal. Instead of amount.', example: 1000 }),
    minSubtotal: moneySchema.nullable().default(null).meta({ description: 'What the lines of a cart must come to.' }),
    validFrom: time,
    validTo: time.meta({ description: 'From this moment on it is expired.' }),
    usesMax: uses.meta({ description: 'Orders that may hold it at the same time.', example: 100 }),
    usesMaxPerBuyer: uses.meta({ description: 'The same for each customer, and for each e-mail address.', example: 1 }),
    active: z.boolean().default(true),
  })
  .refine(({ amount, basisPoints }) => (amount === null) !== (basisPoints === null), {
    path: ['amount'],
    error: 'must be there, or basisPoints, but not both',
  })
  .refine(({ amount }) => amount?.amount !== 0, { path: ['amount', 'amount'], error: 'must be more than 0' })
  .refine(({ amount, minSubtotal }) => (amount ?? minSubtotal)?.currency === (minSubtotal ?? amount)?.currency, {
    path: ['minSubtotal', 'currency'],
    error: 'must be the currency of amount',
  })
  .meta({ id: 'PutDiscount', example: { basisPoints: 1000, usesMax: 100, usesMaxPerBuyer: 1 } });
export type DiscountBody = z.infer<typeof DiscountBody>;

export const DiscountView = z
  .object({
    code: z.string().meta({ description: 'In capitals.', example: 'SPRING10' }),
    amount: moneySchema.nullable().meta({ example: null }),
    basisPoints: z.int().nullable().meta({ example: 1000 }),
    minSubtotal: moneySchema.nullable().meta({ example: null }),
    validFrom: z.iso.datetime().nullable().meta({ example: null }),
    validTo: z.iso.datetime().nullable().meta({ example: null }),
    usesMax: z.int().nullable().meta({ example: 100 }),
    usesMaxPerBuyer: z.int().nullable().meta({ example: 1 }),
    active: z.boolean(),
    used: z.int().meta({ description: 'Orders that hold it.', example: 3 }),
  })
  .meta({ id: 'Discount' });

export const DiscountPage = pageOf(DiscountView);

export function termsOf(code: string, body: DiscountBody): DiscountTerms {
  const { amount, minSubtotal, validFrom, validTo, ...more } = body;
  return {
    ...more,
    code,
    amount: amount?.amount ?? null,
    currency: (amount ?? minSubtotal)?.currency ?? null,
    minSubtotal: minSubtotal?.amount ?? null,
    validFrom: validFrom === null ? null : new Date(validFrom),
    validTo: validTo === null ? null : new Date(validTo),
  };
}

export function discountView(discount: Discount): z.infer<typeof DiscountView> {
  const { code, basisPoints, currency, validFrom, validTo, usesMax, usesMaxPerBuyer, active, used } = discount;
  const money = (amount: number | null) => (amount === null || currency === null ? null : Money.of(amount, currency));
  return {
    code,
    amount: money(discount.amount),
    basisPoints,
    minSubtotal: money(discount.minSubtotal),
    validFrom: validFrom?.toISOString() ?? null,
    validTo: validTo?.toISOString() ?? null,
    usesMax,
    usesMaxPerBuyer,
    active,
    used,
  };
}
