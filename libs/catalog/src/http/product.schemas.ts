import { z } from 'zod';
import { skuSchema, UNITS_MAX } from '#contracts';
import { pageOf, pageQuery } from '#http';
import { currencySchema, lineOfText, moneySchema } from '#kernel';

const nameSchema = lineOfText(200).meta({ example: 'Mug, blue' });

const currencyInQuery = currencySchema.optional().meta({
  description:
    'Products without a price in this currency are left out. The shop’s default currency where it is absent.',
});

export const ProductParams = z.strictObject({ sku: skuSchema });
export type ProductParams = z.infer<typeof ProductParams>;

export const ProductQuery = z.object({ currency: currencyInQuery });
export type ProductQuery = z.infer<typeof ProductQuery>;

export const ProductsQuery = pageQuery.extend({ currency: currencyInQuery });
export type ProductsQuery = z.infer<typeof ProductsQuery>;

export const ProductView = z
  .object({
    sku: skuSchema,
    name: z.string().meta({ example: 'Mug, blue' }),
    price: moneySchema,
    available: z.int().min(0).meta({ description: 'Units that nobody holds, at this moment.', example: 40 }),
  })
  .meta({ id: 'Product' });

export const ProductPage = pageOf(ProductView);

export const PutProductBody = z
  .strictObject({
    name: nameSchema,
    price: moneySchema.meta({ description: 'Prices in other currencies stay as they are.' }),
    active: z.boolean().default(true).meta({ description: 'Whether it is sold.' }),
    maxPerOrder: z
      .int()
      .min(1)
      .max(UNITS_MAX)
      .nullable()
      .default(null)
      .meta({ description: 'Units that one order may have at the most.' }),
  })
  .meta({ example: { name: 'Mug, blue', price: { amount: 1999, currency: 'EUR' }, maxPerOrder: 10 } });
export type PutProductBody = z.infer<typeof PutProductBody>;

export const AdminProductView = z
  .object({
    sku: skuSchema,
    name: z.string().meta({ example: 'Mug, blue' }),
    price: moneySchema,
    active: z.boolean(),
    maxPerOrder: z.int().nullable(),
  })
  .meta({ id: 'AdminProduct' });
