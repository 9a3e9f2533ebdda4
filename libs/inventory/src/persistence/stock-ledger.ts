import { recordAudit } from '#audit';
import { UNITS_MAX } from '#contracts';
import type { Tx } from '#database';
import { assertVersion, newId, type ExpectedVersions, type Id } from '#kernel';
import { decideShortage } from '../domain/decide-shortage.js';
import { BelowReserved, LocationNotFound, StockLimitExceeded, StockNotFound } from '../domain/inventory.errors.js';
import { findLevelHolds } from './find-level-holds.js';
import { INSERT_MOVEMENT } from './insert-movement.js';
import { lockLevels, type LockedLevel } from './lock-levels.js';
import { openLevels } from './open-levels.js';
import { StockLevel } from './stock-level.entity.js';
import { StockLocation } from './stock-location.entity.js';
import { StockMovement, type MovementKind } from './stock-movement.entity.js';

/** Orders named in a problem or an answer, which says how many there are besides. */
export const ORDERS_NAMED_MAX = 100;

export interface Movement {
  readonly kind: MovementKind;
  readonly delta: number;
  readonly reason: string;
  readonly actor: string;
  readonly reference?: string | undefined;
  /** A new one where it is absent. */
  readonly id?: Id<'mov'> | undefined;
}

/**
 * Locks the levels of a SKU, so that what is decided from them still holds when it is written. A level is opened where the SKU is kept
 * elsewhere only.
 *
 * @param locations whose levels are returned, in this order
 * @throws {StockNotFound} {@link LocationNotFound}
 */
export async function lockLevelsAt(
  tx: Tx,
  sku: string,
  locations: readonly string[],
  actor: string,
): Promise<LockedLevel[]> {
  const levels = await lockLevels(tx, [sku]);
  if (levels.length === 0) throw new StockNotFound(sku);
  const missing = locations.filter((location) => levels.every((level) => level.location !== location));
  for (const location of missing) {
    if ((await tx.manager.findOneBy(StockLocation, { id: location })) === null) throw new LocationNotFound(location);
    await openLevels(tx, [{ sku, onHand: 0 }], actor, location);
  }
  const all = missing.length === 0 ? levels : await lockLevels(tx, [sku]);
  return locations.flatMap((location) => all.filter((level) => level.location === location));
}

/**
 * The same for one level, of a version that the caller accepts.
 *
 * @throws {StockNotFound} {@link LocationNotFound} `stale_version`
 */
export async function lockLevel(
  tx: Tx,
  place: { readonly sku: string; readonly location: string; readonly actor: string },
  expected: ExpectedVersions,
): Promise<LockedLevel> {
  const [level] = await lockLevelsAt(tx, place.sku, [place.location], place.actor);
  if (level === undefined) throw new LocationNotFound(place.location);
  assertVersion(expected, level.version);
  return level;
}

/**
 * Enters a movement into the ledger. Movements are the only writers of `on_hand`.
 *
 * @param level locked
 * @throws {BelowReserved} {@link StockLimitExceeded}
 */
export async function insertMovement(tx: Tx, level: LockedLevel, movement: Movement): Promise<Id<'mov'>> {
  const onHand = level.onHand + movement.delta;
  if (onHand > UNITS_MAX) throw new StockLimitExceeded(UNITS_MAX);
  if (onHand < 0 || onHand + level.backorderLimit < level.reserved) throw await belowReserved(tx, level, onHand);
  const id = movement.id ?? newId('mov');
  const { kind, delta, reason, actor, reference = null } = movement;
  const { sku, location } = level;
  const { count } = await tx.query(INSERT_MOVEMENT, [sku, location, delta, id, kind, reason, actor, reference]);
  if (count !== 1) throw new Error('A locked stock level changed under its lock.');
  return id;
}

/** Enters a movement that staff made, with its entry in the audit. @throws as {@link insertMovement} */
export async function recordMovement(
  tx: Tx,
  level: LockedLevel,
  movement: Movement,
): Promise<{ movement: StockMovement; level: StockLevel }> {
  const id = await insertMovement(tx, level, movement);
  const { kind, delta, reason, actor, reference = null } = movement;
  const { sku, location } = level;
  const after = { onHand: level.onHand + delta, movementId: id, delta, reference, location };
  const change = { before: { onHand: level.onHand }, after, reason };
  await recordAudit(tx, actor, [{ action: `stock.${kind}`, subject: { type: 'stock', id: sku }, ...change }]);
  return {
    movement: await tx.manager.findOneByOrFail(StockMovement, { id }),
    level: await tx.manager.findOneByOrFail(StockLevel, { sku, location }),
  };
}

/** @param onHand units that would be left there */
export async function belowReserved(tx: Tx, level: LockedLevel, onHand: number): Promise<BelowReserved> {
  const units = Math.max(onHand, 0) + level.backorderLimit;
  const shorted = decideShortage(await findLevelHolds(tx, level), units);
  return new BelowReserved({
    onHand: level.onHand,
    reserved: level.reserved,
    orders: shorted.slice(0, ORDERS_NAMED_MAX).map(({ orderId, quantity, status }) => ({ orderId, quantity, status })),
    ordersTotal: shorted.length,
  });
}
