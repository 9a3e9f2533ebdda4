import { z } from 'zod';
import { countrySchema, deliveryMethodId } from '#contracts';
import { pageOf, type pageQuery } from '#http';
import { lineOfText, MAX_AMOUNT, Money, moneySchema } from '#kernel';
import type { DeliveryMethod } from '../persistence/delivery-method.entity.js';

export type PageQuery = z.infer<typeof pageQuery>;

const NAME = { example: 'Standard, 2 to 3 days' };
const COUNTRIES = { description: 'Where it delivers; everywhere where it is empty.', example: ['DE', 'AT'] };

const price = z.strictObject({
  ...moneySchema.shape,
  freeFrom: z.int().min(0).max(MAX_AMOUNT).nullable().default(null).meta({
    description: 'Goods of this worth (subtotal minus discount) and more are delivered for nothing.',
    example: 5000,
  }),
});

const isUnique = <T>(values: readonly T[]) => new Set(values).size === values.length;

export const DeliveryMethodParams = z.strictObject({ id: deliveryMethodId });
export type DeliveryMethodParams = z.infer<typeof DeliveryMethodParams>;

export const DeliveryMethodBody = z
  .strictObject({
    name: lineOfText(200).meta(NAME),
    active: z.boolean().default(true),
    countries: z
      .array(countrySchema)
      .max(249)
      .refine(isUnique, { error: 'must name each country once' })
      .default([])
      .meta(COUNTRIES),
    prices: z
      .array(price)
      .min(1)
      .max(100)
      .refine((prices) => isUnique(prices.map(({ currency }) => currency)), {
        error: 'must have one price a currency',
      }),
  })
  .meta({
    id: 'PutDeliveryMethod',
    example: { name: NAME.example, countries: ['DE'], prices: [{ amount: 490, currency: 'EUR' }] },
  });
export type DeliveryMethodBody = z.infer<typeof DeliveryMethodBody>;

export const DeliveryMethodView = z
  .object({
    id: deliveryMethodId,
    name: z.string().meta(NAME),
    active: z.boolean(),
    countries: z.array(countrySchema).meta(COUNTRIES),
    prices: z.array(z.object({ ...moneySchema.shape, freeFrom: z.int().nullable() })),
  })
  .meta({ id: 'DeliveryMethod' });
export type DeliveryMethodView = z.infer<typeof DeliveryMethodView>;

export const DeliveryMethodPage = pageOf(DeliveryMethodView);

export const methodOf = (id: string, { name, active, countries, prices }: DeliveryMethodBody): DeliveryMethod => {
  return { id, name, active, countries, prices };
};

export const methodView = ({ id, name, active, countries, prices }: DeliveryMethod): DeliveryMethodView => {
  const priceView = ({ amount, currency, freeFrom }: (typeof prices)[number]) => ({
    ...Money.of(amount, currency),
    freeFrom,
  });
  return { id, name, active, countries: [...countries], prices: prices.map(priceView) };
};
