import { hashToken, newId, newToken } from '#kernel';
import { contract } from '../../apps/shop.js';
import { customerBearer } from '../support/customer.js';
import type { Shop } from '../support/start-shop.js';

export type Credentials = Readonly<Record<string, string>>;

/** Who sends the requests, apart from guests, whose tokens the answers tell. */
export interface Callers {
  readonly staff: Credentials;
  readonly customers: readonly Credentials[];
  /** Those who may do little or nothing. */
  readonly others: readonly Credentials[];
}

export async function callersOf(shop: Shop): Promise<Callers> {
  const customers = await Promise.all(['ada', 'mallory', 'İß\u{1F680}'].map((subject) => customerBearer(subject)));
  const keys = await Promise.all(contract.scopes.map((scope) => keyWith(shop, scope)));
  return {
    staff: { authorization: `Bearer ${shop.adminKey}` },
    customers,
    others: [
      {},
      {},
      ...customers,
      ...keys,
      { authorization: 'Bearer hf_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' },
      { authorization: 'Bearer a.b.c' },
      { authorization: 'Basic YTpi' },
      { authorization: 'Bearer' },
      { authorization: '' },
      { 'cart-token': 'x' },
      { 'cart-token': '' },
      { 'cart-token': '\u00ff'.repeat(43) },
      { 'cart-token': 'a'.repeat(2_000) },
    ],
  };
}

/** A key of a staff member or machine with one scope. */
async function keyWith(shop: Shop, scope: string): Promise<Credentials> {
  const key = `hf_${newToken()}`;
  const sql = 'INSERT INTO http.api_keys (id, hash, label, scopes) VALUES ($1, $2, $3, $4)';
  await shop.db.query(sql, [newId('key'), hashToken(key), 'fuzz', [scope]]);
  return { authorization: `Bearer ${key}` };
}
