import { Inject, Injectable } from '@nestjs/common';
import { Config } from '#config';
import { Purge, Transactions, type Tx } from '#database';
import { sourcesOf } from '../domain/cart-status.js';

/** How long a cart that was given up can still be looked at. */
const KEPT_DAYS = 30;

// No cart changes before it is made, so the index over the time of its making finds those that did not change for long.
const ABANDON = `
  UPDATE cart.carts SET status = 'abandoned', version = version + 1, updated_at = now()
  WHERE id IN (
    SELECT id FROM cart.carts
    WHERE status = ANY ($1) AND created_at < now() - make_interval(days => $2)
      AND updated_at < now() - make_interval(days => $2)
    ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED)`;

const DELETE = `
  WITH given_up AS MATERIALIZED (
    SELECT id FROM cart.carts
    WHERE status IN ('abandoned', 'merged') AND created_at < now() - make_interval(days => $1)
      AND updated_at < now() - make_interval(days => $1)
    ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
  ), emptied AS (
    DELETE FROM cart.items USING given_up WHERE items.cart_id = given_up.id
  )
  DELETE FROM cart.carts USING given_up WHERE carts.id = given_up.id`;

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
    const abandoned = await tx.query(ABANDON, [sourcesOf('abandoned'), this.config.CART_TTL_DAYS, batchMax]);
    const deleted = await tx.query(DELETE, [KEPT_DAYS, batchMax]);
    return Math.max(abandoned.count, deleted.count);
  }
}
