import type { Reply } from '../support/api-client.js';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { aProduct } from '../support/products.js';
import type { Shop } from '../support/start-shop.js';

export const ITEM = (sku: string) => ({ sku, quantity: 1 });

export async function aBuyer(shop: Shop, quantity = 1): Promise<{ buyer: Buyer; sku: string }> {
  const sku = await aProduct(shop);
  return { buyer: await Buyer.withCart(shop.api(), quantity === 0 ? [] : [{ sku, quantity }]), sku };
}

export async function anOrder(shop: Shop): Promise<{ buyer: Buyer; order: { id: string }; sku: string }> {
  const { buyer, sku } = await aBuyer(shop);
  return { buyer, order: await buyer.order(), sku };
}

/** Until somebody waits for a row that somebody else has. */
const waitForLockWait = (shop: Shop): Promise<void> =>
  eventually(async () => {
    const { rows } = await shop.db.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows.length === 0) throw new Error('Nobody waits for the row.');
  });

/**
 * While somebody keeps the row of a cart locked, the first change of it waits for the row until it is given up, the next one does the
 * same, and those behind them wait for their turn in vain. Returns the replies to the first and the last one.
 */
export async function changesOfAStuckCart(shop: Shop): Promise<{ first: Reply; last: Reply }> {
  const { buyer, sku } = await aBuyer(shop);
  const client = await shop.db.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM cart.carts WHERE id = $1 FOR UPDATE', [buyer.cartId]);
    const first = buyer.add(ITEM(sku));
    await waitForLockWait(shop);
    const others = Array.from({ length: 3 }, () => buyer.add(ITEM(sku)));
    // Requests that are sent at once may arrive in any order: the last one to get the lock has waited too long for it.
    const replies = await Promise.all(others);
    const last = replies.find(({ status }) => status === 409) ?? replies.at(-1)!;
    return { first: await first, last };
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}
