import { Inject, Injectable } from '@nestjs/common';
import { Config } from '#config';
import { Purge, Transactions, type Tx } from '#database';
import { abandonCarts } from './abandon-carts.js';
import { deleteCarts } from './delete-carts.js';

/** How long a cart that was given up can still be looked at. */
const KEPT_DAYS = 30;

/** Gives up carts that nobody changes any more, and deletes them later. A cart that became an order stays: money may hang on it. */
@Injectable()
export class CartPurge extends Purge {
  protected readonly what = 'carts';

  constructor(
    @Inject(Transactions) transactions: Transactions,
    @Inject(Config) private readonly config: Config,
  ) {
    super(transactions);
  }

  protected async deleteBatch(tx: Tx, batchMax: number): Promise<number> {
    const abandoned = await abandonCarts(tx, this.config.CART_TTL_DAYS, batchMax);
    return Math.max(abandoned, await deleteCarts(tx, KEPT_DAYS, batchMax));
  }
}
