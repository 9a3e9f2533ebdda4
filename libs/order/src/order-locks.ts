import { Injectable } from '@nestjs/common';
import { CheckoutCarts, type BuyerCredentials } from '#contracts';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { Locks, LockTimeout } from '#locking';
import { CartLocked } from './order.errors.js';

const TTL_MS = 5_000;
const CART = { ttlMs: TTL_MS, waitMs: 5_000, onUnavailable: 'database' } as const;
const ORDER = { ttlMs: TTL_MS, waitMs: 2_000, onUnavailable: 'database', onTimeout: 'database' } as const;
const STOCK = { ttlMs: TTL_MS, waitMs: 1_000, onUnavailable: 'database', onTimeout: 'database' } as const;

/**
 * What is locked around changes of orders. The locks keep competing requests from queueing inside the database; what must not happen
 * twice is guarded there, so without the lock service, or with a stock lock that is never free, the work goes on.
 */
@Injectable()
export class OrderLocks {
  constructor(
    private readonly locks: Locks,
    private readonly carts: CheckoutCarts,
    private readonly transactions: Transactions,
  ) {}

  /**
   * The cart first, so that what is in it stands still, then the stock of everything in it.
   *
   * @throws {CartLocked} when others kept the cart busy for five seconds.
   */
  async aroundCheckout<T>(cartId: Id<'cart'>, buyer: BuyerCredentials, work: () => Promise<T>): Promise<T> {
    try {
      return await this.locks.using(`cart:${cartId}`, CART, async () => {
        const skus = await this.transactions.read((db) => this.carts.skusOf(db, cartId, buyer));
        const keys = skus.toSorted().map((sku) => `stock:${sku}`);
        return keys.length === 0 ? work() : this.locks.using(keys, STOCK, work);
      });
    } catch (error) {
      throw error instanceof LockTimeout ? new CartLocked() : error;
    }
  }

  async aroundOrder<T>(orderId: Id<'order'>, work: () => Promise<T>): Promise<T> {
    return this.locks.using(`order:${orderId}`, ORDER, work);
  }
}
