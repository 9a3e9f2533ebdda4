import type { DeliveryOffer, DeliveryRequest } from '#contracts';
import { Money } from '#kernel';
import type { DeliveryMethod } from '../persistence/delivery-method.entity.js';

export type KeptMethod = Pick<DeliveryMethod, 'id' | 'name' | 'active' | 'countries' | 'prices'>;

/** The methods that deliver to this country and have a price in this currency, in their own order. */
export function offersFor(
  methods: readonly KeptMethod[],
  { country, currency, goods }: Pick<DeliveryRequest, 'country' | 'currency' | 'goods'>,
): DeliveryOffer[] {
  return methods.flatMap(({ id, name, active, countries, prices }) => {
    const price = prices.find((each) => each.currency === currency);
    const isServed = countries.length === 0 || countries.includes(country);
    if (!active || !isServed || price === undefined) return [];
    const isFree = price.freeFrom !== null && goods >= price.freeFrom;
    return [{ id, name, price: Money.of(isFree ? 0 : price.amount, currency) }];
  });
}
