import { z } from 'zod';
import type { Reader } from '#database';
import { moneySchema, type Currency } from '#kernel';

export const deliveryMethodId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits, - or _')
  .meta({ example: 'standard' });

export const deliveryOffer = z
  .object({ id: deliveryMethodId, name: z.string().meta({ example: 'Standard, 2 to 3 days' }), price: moneySchema })
  .meta({ id: 'DeliveryOffer' });

/** A way in which these goods can be delivered, and what that costs. */
export type DeliveryOffer = Readonly<z.infer<typeof deliveryOffer>>;

export interface DeliveryRequest {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly currency: Currency;
  /** What the goods cost: subtotal minus discount, in minor units. */
  readonly goods: number;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

/** How goods get to a buyer. Implemented by the pricing module; a shop that asks a carrier for its prices replaces it. */
export abstract class DeliveryMethods {
  /**
   * What there is for each request, in their order: one statement for the list. An empty list: the country is not served. Undefined: the
   * shop keeps no delivery methods, so delivery costs nothing and none has to be named.
   */
  abstract offers(
    db: Reader,
    requests: readonly DeliveryRequest[],
  ): Promise<readonly (readonly DeliveryOffer[] | undefined)[]>;
}
