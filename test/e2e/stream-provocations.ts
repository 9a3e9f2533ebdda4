import type { Reply } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import type { Shop } from '../support/start-shop.js';
import { StreamClient } from '../support/stream-client.js';
import { anOrder } from './busy-resources.js';

/** Streams that one order may have at a process, and that a process may have in the shop of the provocations. */
const OF_ONE_ORDER = 20;
export const STREAM_CLIENTS_MAX = 30;

/** One more stream of an order than may be: `mine` follow it already, `others` follow another one. */
async function oneMore(shop: Shop, counts: { readonly mine: number; readonly others: number }): Promise<Reply> {
  const [first, second] = [await anOrder(shop), await anOrder(shop)];
  const follow = ({ buyer, order }: typeof first, count: number) =>
    Array.from({ length: count }, () => {
      const headers = { 'cart-token': buyer.cartToken };
      return new StreamClient({ path: `/v1/orders/${order.id}/stream`, headers, url: () => shop.api().baseUrl });
    });
  const clients = [...follow(first, counts.mine), ...follow(second, counts.others)];
  try {
    await eventually(() => {
      if (!clients.every(({ isConnected }) => isConnected)) throw new Error('Not all are connected.');
    });
    return await first.buyer.api.get(`/v1/orders/${first.order.id}/stream`);
  } finally {
    for (const client of clients) client.close();
  }
}

export const streamProvocations: Readonly<Record<string, (shop: Shop) => Promise<Reply>>> = {
  stream_limit_reached: (shop) => oneMore(shop, { mine: OF_ONE_ORDER, others: 0 }),
  too_many_streams: (shop) => oneMore(shop, { mine: OF_ONE_ORDER - 1, others: STREAM_CLIENTS_MAX - OF_ONE_ORDER + 1 }),
};
