import { col, statement, type Reader } from '#database';
import type { DeliveryPrice } from './delivery-method.entity.js';
import type { KeptMethod } from '../domain/offers-for.js';

export const LIST_METHODS = statement(
  'SELECT id, name, active, countries, prices FROM pricing.delivery_methods ORDER BY id',
  {
    id: col.text(),
    name: col.text(),
    active: col.boolean(),
    countries: col.jsonb<readonly string[]>(),
    prices: col.jsonb<readonly DeliveryPrice[]>(),
  },
);

/** All that the shop keeps: a handful. */
export async function listMethods(db: Reader): Promise<KeptMethod[]> {
  return (await db.query(LIST_METHODS)).rows;
}
