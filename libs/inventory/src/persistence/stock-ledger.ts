import { recordAudit } from '#audit';
import { UNITS_MAX } from '#contracts';
import type { Tx } from '#database';
import { assertVersion, newId, type ExpectedVersions } from '#kernel';
import { BelowReserved, StockLimitExceeded, StockNotFound } from '../domain/inventory.errors.js';
import { FIND_SHORTED_ORDERS } from './find-shorted-orders.js';
import { INSERT_MOVEMENT } from './insert-movement.js';
import { LOCATION, StockLevel } from './stock-level.entity.js';
import { StockMovement, type MovementKind } from './stock-movement.entity.js';

export interface Movement {
  readonly kind: MovementKind;
  readonly delta: number;
  readonly reason: string;
  readonly actor: string;
  readonly reference?: string | undefined;
}

/**
 * Locks a level, so that what is decided from it still holds when it is written.
 *
 * @param expected versions that the caller accepts
 * @throws {StockNotFound} `stale_version`
 */
export async function lockLevel(tx: Tx, sku: string, expected: ExpectedVersions): Promise<StockLevel> {
  const level = await tx.manager.findOne(StockLevel, {
    where: { sku, location: LOCATION },
    lock: { mode: 'pessimistic_write' },
  });
  if (level === null) throw new StockNotFound(sku);
  assertVersion(expected, level.version);
  return level;
}

/**
 * Enters a movement into the ledger. Besides the opening of a level, this is the only writer of `on_hand`.
 *
 * @param level locked by {@link lockLevel}
 * @throws {BelowReserved} {@link StockLimitExceeded}
 */
export async function recordMovement(
  tx: Tx,
  level: StockLevel,
  movement: Movement,
): Promise<{ movement: StockMovement; level: StockLevel }> {
  const onHand = level.onHand + movement.delta;
  if (onHand > UNITS_MAX) throw new StockLimitExceeded(UNITS_MAX);
  if (onHand < level.reserved) throw await belowReserved(tx, level, onHand);
  const id = newId('mov');
  const { kind, delta, reason, actor, reference = null } = movement;
  const { count } = await tx.query(INSERT_MOVEMENT, [
    level.sku,
    level.location,
    delta,
    id,
    kind,
    reason,
    actor,
    reference,
  ]);
  if (count !== 1) throw new Error('A locked stock level changed under its lock.');
  const change = { before: { onHand: level.onHand }, after: { onHand, movementId: id, delta, reference }, reason };
  await recordAudit(tx, actor, [{ action: `stock.${kind}`, subject: { type: 'stock', id: level.sku }, ...change }]);
  return {
    movement: await tx.manager.findOneByOrFail(StockMovement, { id }),
    level: await tx.manager.findOneByOrFail(StockLevel, { sku: level.sku, location: level.location }),
  };
}

async function belowReserved(tx: Tx, level: StockLevel, onHand: number): Promise<BelowReserved> {
  const { rows } = await tx.query(FIND_SHORTED_ORDERS, [level.sku, level.location, Math.max(onHand, 0)]);
  return new BelowReserved({
    onHand: level.onHand,
    reserved: level.reserved,
    orders: rows.map(({ orderId, quantity, status }) => ({ orderId, quantity, status })),
    ordersTotal: rows[0]?.total ?? 0,
  });
}
