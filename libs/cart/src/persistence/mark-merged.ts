import { statement, type Tx } from '#database';
import type { Id } from '#kernel';
import { TRANSITIONS } from '../domain/transitions.js';

export const MARK_MERGED = statement(
  `UPDATE cart.carts SET status = $2, version = version + 1, updated_at = now() WHERE id = $1 AND status = ANY ($3)`,
);

/** @throws {Error} when it cannot be merged: its row had not been locked. */
export async function markMerged(tx: Tx, id: Id<'cart'>): Promise<void> {
  const { from, to } = TRANSITIONS.merged;
  const { count } = await tx.query(MARK_MERGED, [id, to, from]);
  if (count !== 1) throw new Error('A cart was merged that had not been locked.');
}
