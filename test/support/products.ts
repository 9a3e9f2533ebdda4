import { randomBytes } from 'node:crypto';
import type { Shop } from './start-shop.js';

/** A SKU that no other test uses. */
export const newSku = (): string => `SKU-${randomBytes(5).toString('hex').toUpperCase()}`;

/** A product that can be bought, with its opening stock. Returns its SKU. */
export async function aProduct(shop: Shop, { onHand = 10, amount = 1_999, sku = newSku() } = {}): Promise<string> {
  const product = { sku, name: `Product ${sku}`, price: { amount, currency: 'EUR' }, onHand };
  const { status, body } = await shop.staff.post('/v1/admin/products/import', { products: [product] });
  if (status >= 300) throw new Error(`No product: ${status} ${JSON.stringify(body)}`);
  return sku;
}

/** What the merchant sees of a SKU's stock. */
export async function stockOf(
  shop: Shop,
  sku: string,
): Promise<{ onHand: number; reserved: number; available: number }> {
  const { status, body } = await shop.staff.get(`/v1/admin/stock/${sku}`);
  if (status !== 200) throw new Error(`No stock: ${status} ${JSON.stringify(body)}`);
  return body;
}
