import { Injectable } from '@nestjs/common';
import { CheckoutCarts, stockLockKey, type BuyerCredentials } from '#contracts';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { Locks, type LockOptions } from '#locking';
import { CartLocked } from '../domain/order.errors.js';

const CART: LockOptions = {
  ttlMs: 5_000,
  waitMs: 5_000,
  onUnavailable: 'database',
  onTimeout: () => new CartLocked(),
};
const STOCK: LockOptions = { ttlMs: 5_000, waitMs: 1_000, onUnavailable: 'database', onTimeout: 'database' };

/**
 * What is locked around a checkout. The locks keep competing requests from queueing inside the database; what must not happen twice is
 * guarded there, so without the lock service, or with a stock lock that is never free, the work goes on.
 */
@Injectable()
export class CheckoutLocks {
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
  async around<T>(cartId: Id<'cart'>, buyer: BuyerCredentials, work: () => Promise<T>): Promise<T> {
    return this.locks.using(`cart:${cartId}`, CART, async () => {
      const skus = await this.transactions.read((db) => this.carts.skusOf(db, cartId, buyer));
      const keys = skus.map(stockLockKey);
      return keys.length === 0 ? work() : this.locks.using(keys, STOCK, work);
    });
  }
}
