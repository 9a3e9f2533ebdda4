import { Injectable } from '@nestjs/common';
import type { Id } from '#kernel';
import { Locks, LockTimeout } from '#locking';
import { CartLocked } from './cart.errors.js';

const LOCK = { ttlMs: 5_000, waitMs: 5_000, onUnavailable: 'database' } as const;

/**
 * One change of a cart at a time, over all processes. It spares the database the queue of waiting rows; that no change is lost is the
 * guarded write's doing (`claimCart`), so without the lock service the work goes on.
 */
@Injectable()
export class CartLock {
  constructor(private readonly locks: Locks) {}

  /** @throws {CartLocked} when others kept the cart busy for five seconds. */
  async around<T>(cartId: Id<'cart'>, work: () => Promise<T>): Promise<T> {
    try {
      return await this.locks.using(`cart:${cartId}`, LOCK, work);
    } catch (error) {
      throw error instanceof LockTimeout ? new CartLocked() : error;
    }
  }
}
