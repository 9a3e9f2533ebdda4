import { z } from 'zod';
import { deliveryOffer, type DeliveryOffer } from '#contracts';
import { DomainError } from '#kernel';

const members = z.object({ deliveryMethods: z.array(deliveryOffer).meta({ description: 'What there is.' }) });

/** The shop keeps delivery methods, and the order names none. */
export class DeliveryMethodRequired extends DomainError {
  static override readonly problem = {
    code: 'delivery_method_required',
    kind: 'conflict',
    title: 'No delivery method chosen',
    help: 'Send deliveryMethod with the id of one of the members deliveryMethods.',
    members,
  } as const;
  constructor(deliveryMethods: readonly DeliveryOffer[]) {
    super('The order names no delivery method. Choose one of those listed.', { deliveryMethods });
  }
}

/** Unknown, not offered any more, or not to this country or in this currency. */
export class DeliveryMethodUnavailable extends DomainError {
  static override readonly problem = {
    code: 'delivery_method_unavailable',
    kind: 'conflict',
    title: 'Delivery method not available',
    members,
  } as const;
  constructor(deliveryMethods: readonly DeliveryOffer[]) {
    super('The goods cannot be delivered in this way. Choose one of those listed.', { deliveryMethods });
  }
}

/** No delivery method of the shop goes to the country of the shipping address, in the currency of the cart. */
export class CountryNotServed extends DomainError {
  static override readonly problem = {
    code: 'country_not_served',
    kind: 'conflict',
    title: 'No delivery to this country',
    members: z.object({ country: z.string().meta({ example: 'AQ' }) }),
  } as const;
  constructor(country: string) {
    super('The shop does not deliver to this country in the currency of the cart. Send another shipping address.', {
      country,
    });
  }
}
