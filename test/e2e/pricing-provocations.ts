import type { Reply } from '../support/api-client.js';
import type { Shop } from '../support/start-shop.js';
import { aBuyer } from './busy-resources.js';

/** While the shop keeps a delivery method to Great Britain. */
async function withDelivery(shop: Shop, ask: () => Promise<Reply>): Promise<Reply> {
  const path = '/v1/admin/delivery-methods/provoked';
  const prices = [{ amount: 490, currency: 'EUR' }];
  await shop.staff.put(path, { name: 'Standard', countries: ['GB'], prices });
  try {
    return await ask();
  } finally {
    await shop.staff.delete(path);
  }
}

const TO_ICELAND = { name: 'Ada', line1: 'Vegur 1', city: 'Reykjavík', postalCode: '101', country: 'IS' };

export const pricingProvocations: Readonly<Record<string, (shop: Shop) => Promise<Reply>>> = {
  country_not_served: async (shop) => {
    const { buyer } = await aBuyer(shop);
    return withDelivery(shop, () => buyer.checkout({}, { shippingAddress: TO_ICELAND }));
  },
  delivery_method_required: async (shop) => {
    const { buyer } = await aBuyer(shop);
    return withDelivery(shop, () => buyer.checkout());
  },
  delivery_method_unavailable: async (shop) => {
    const { buyer } = await aBuyer(shop);
    return withDelivery(shop, () => buyer.checkout({}, { deliveryMethod: 'drone' }));
  },
  delivery_method_not_found: (shop) => shop.staff.get('/v1/admin/delivery-methods/none'),
  tax_rate_not_found: (shop) => shop.staff.get('/v1/admin/tax-rates/IS'),
  discount_not_found: (shop) => shop.staff.get('/v1/admin/discounts/NONE'),
  discount_not_valid: async (shop) => {
    const { buyer } = await aBuyer(shop);
    return buyer.checkout({}, { discountCode: 'NONE' });
  },
  discount_exhausted: async (shop) => {
    await shop.staff.put('/v1/admin/discounts/ONCE', { basisPoints: 100, usesMax: 1 });
    const [first, second] = [await aBuyer(shop), await aBuyer(shop)];
    await first.buyer.checkout({}, { discountCode: 'ONCE' });
    return second.buyer.checkout({}, { discountCode: 'ONCE' });
  },
  discount_limit_below_uses: async (shop) => {
    const path = '/v1/admin/discounts/TWICE';
    await shop.staff.put(path, { basisPoints: 100 });
    const [first, second] = [await aBuyer(shop), await aBuyer(shop)];
    for (const { buyer } of [first, second]) await buyer.checkout({}, { discountCode: 'TWICE' });
    return shop.staff.put(path, { basisPoints: 100, usesMax: 1 });
  },
};
