import { z } from 'zod';
import { countrySchema, deliveryMethodId, deliveryOffer, discountCode, skuSchema, totalsSchema } from '#contracts';
import { idParam } from '#http';
import { currencySchema, idSchema, moneySchema } from '#kernel';
import { LINE_QUANTITY_MAX, LINES_MAX } from '../domain/cart-limits.js';

const quantity = z.int().min(1).max(LINE_QUANTITY_MAX).meta({ example: 2 });

export const NewItem = z.strictObject({ sku: skuSchema, quantity }).meta({ id: 'NewCartItem' });
export type NewItem = z.infer<typeof NewItem>;

export const NewCart = z
  .strictObject({
    currency: currencySchema.optional().meta({ description: 'The shop’s own where none is named.' }),
    items: z.array(NewItem).max(LINES_MAX).default([]),
  })
  .prefault({})
  .meta({ id: 'NewCart' });
export type NewCart = z.infer<typeof NewCart>;

export const CartDiscountBody = z.strictObject({ code: discountCode }).meta({ id: 'SetCartDiscount' });
export type CartDiscountBody = z.infer<typeof CartDiscountBody>;

export const CartQuery = z.object({
  country: countrySchema.optional().meta({ description: 'Where it would go. Without it delivery and tax are 0.' }),
  deliveryMethod: deliveryMethodId.optional(),
});
export type CartQuery = z.infer<typeof CartQuery>;

export const DeliveryQuery = z.object({ country: countrySchema });
export type DeliveryQuery = z.infer<typeof DeliveryQuery>;

export const CartDelivery = z
  .object({
    data: z.array(deliveryOffer),
    required: z
      .boolean()
      .meta({ description: 'Whether an order must name one. False as long as the shop keeps none.' }),
  })
  .meta({ id: 'CartDelivery' });

export const SetQuantity = z.strictObject({ quantity }).meta({ id: 'SetQuantity' });
export type SetQuantity = z.infer<typeof SetQuantity>;

export const CartParams = z.strictObject({ cartId: idParam('cart') });
export type CartParams = z.infer<typeof CartParams>;

export const CartItemParams = CartParams.extend({ sku: skuSchema });
export type CartItemParams = z.infer<typeof CartItemParams>;

/** Prices may have risen since its lines were added: then it is more than an order can be worth, and placing one is refused. */
const CartSum = z.object({ amount: z.int().min(0), currency: currencySchema }).meta({
  id: 'CartSum',
  description: 'Integer minor units, more than an order can be worth where prices have risen, and an ISO 4217 code.',
  example: { amount: 3998, currency: 'EUR' },
});
const CartTotals = z
  .object({
    subtotal: CartSum,
    discount: CartSum,
    delivery: CartSum,
    tax: CartSum,
    includedTax: CartSum,
    total: CartSum,
  })
  .meta({ ...totalsSchema.meta(), id: 'CartTotals' });

const CartItemView = z
  .object({
    sku: z.string().meta({ example: 'MUG-BLUE' }),
    name: z.string().nullable().meta({ example: 'Mug, blue' }),
    quantity: z.int().min(1).meta({ example: 2 }),
    unitPrice: moneySchema.nullable(),
    lineTotal: CartSum.nullable().meta({ example: { amount: 3998, currency: 'EUR' } }),
    available: z.int().min(0).meta({ description: 'Units left for sale.', example: 40 }),
  })
  .meta({ id: 'CartItem', description: 'Name and price are null while the product is not for sale.' });

const CartDiscount = z
  .object({
    code: z.string().meta({ example: 'SPRING10' }),
    problem: z.string().nullable().meta({
      description: 'Why it takes nothing off now: the code of a problem. An order with it is refused.',
      example: null,
    }),
  })
  .meta({ id: 'CartDiscount' });

export const CartView = z
  .object({
    id: idSchema('cart'),
    status: z.enum(['active', 'ordered', 'merged', 'abandoned']),
    currency: currencySchema,
    items: z.array(CartItemView),
    totals: CartTotals,
    complete: z.boolean().meta({
      description:
        'Whether delivery and tax are in the totals. They are 0 as long as country and deliveryMethod do not say where it goes.',
    }),
    discount: CartDiscount.nullable().meta({ example: null }),
    orderId: idSchema('order').nullable().meta({ example: null }),
    version: z.int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Cart' });
export type CartView = z.infer<typeof CartView>;

export const ClaimedCartView = CartView.extend({
  mergedCartId: idSchema('cart')
    .nullable()
    .meta({ description: 'The cart of the customer whose items were added.', example: null }),
}).meta({ id: 'ClaimedCart' });
export type ClaimedCartView = z.infer<typeof ClaimedCartView>;

export const NewCartView = CartView.extend({
  token: z.string().meta({
    description: 'Opens the cart and its order as the header Cart-Token. Shown once.',
    example: 'q7Yp0m3n8Jc2R5tVx1Zb4Wd6Kf9Hg_LsAeUoIyTrQwE',
  }),
}).meta({ id: 'CartWithToken' });
export type NewCartView = z.infer<typeof NewCartView>;
