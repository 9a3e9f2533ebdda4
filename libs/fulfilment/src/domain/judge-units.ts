import type { HoldLine } from '#contracts';
import {
  AlreadyShipped,
  OverReceipt,
  OverReturn,
  OverShipment,
  SkuNotOrdered,
  type ExceededLine,
} from './fulfilment.errors.js';

/** The units of one SKU of an order, and what became of them. */
export interface FulfilledLine {
  readonly sku: string;
  readonly ordered: number;
  readonly shipped: number;
  /** By open returns. */
  readonly returnAsked: number;
  readonly returned: number;
}

/** What has come of one SKU of a return. */
export interface ReceivedLine {
  readonly sku: string;
  readonly restocked: number;
  readonly writtenOff: number;
}

export const unitsOf = ({ restocked, writtenOff }: ReceivedLine): number => restocked + writtenOff;

/**
 * What a shipment takes.
 *
 * @param items each SKU once; undefined: everything that has not left
 * @throws {AlreadyShipped} @throws {SkuNotOrdered} @throws {OverShipment}
 */
export function goodsToShip(lines: readonly FulfilledLine[], items: readonly HoldLine[] | undefined): HoldLine[] {
  const left = lines.map(({ sku, ordered, shipped }) => ({ sku, quantity: ordered - shipped }));
  const rest = left.filter(({ quantity }) => quantity > 0);
  if (rest.length === 0) throw new AlreadyShipped();
  if (items === undefined) return rest;
  const exceeded = exceedingLines(left, items);
  if (exceeded.length > 0) throw new OverShipment(exceeded);
  return items.map(({ sku, quantity }) => ({ sku, quantity }));
}

/** @param items each SKU once @throws {SkuNotOrdered} @throws {OverReturn} */
export function assertReturnable(lines: readonly FulfilledLine[], items: readonly HoldLine[]): void {
  const left = lines.map(({ sku, shipped, returned, returnAsked }) => {
    return { sku, quantity: shipped - returned - returnAsked };
  });
  const exceeded = exceedingLines(left, items);
  if (exceeded.length > 0) throw new OverReturn(exceeded);
}

/** @param items each SKU once @throws {OverReceipt} also for a SKU that the return does not ask for */
export function assertAskedFor(asked: readonly HoldLine[], items: readonly ReceivedLine[]): void {
  const exceeded = items.flatMap((item): ExceededLine[] => {
    const left = asked.find(({ sku }) => sku === item.sku)?.quantity ?? 0;
    return unitsOf(item) > left ? [{ sku: item.sku, requested: unitsOf(item), left }] : [];
  });
  if (exceeded.length > 0) throw new OverReceipt(exceeded);
}

/** Whether all of the order's units have left. */
export const allShipped = (lines: readonly FulfilledLine[]): boolean =>
  lines.every(({ ordered, shipped }) => shipped === ordered);

/** Whether all of the order's units have left and are back. While some are still to leave, the order goes on. */
export const allReturned = (lines: readonly FulfilledLine[]): boolean =>
  lines.every(({ ordered, returned }) => returned === ordered);

function exceedingLines(left: readonly HoldLine[], items: readonly HoldLine[]): ExceededLine[] {
  const leftOf = new Map(left.map(({ sku, quantity }) => [sku, quantity]));
  const unknown = items.filter(({ sku }) => !leftOf.has(sku));
  if (unknown.length > 0) throw new SkuNotOrdered(unknown.map(({ sku }) => sku));
  return items
    .map(({ sku, quantity }) => ({ sku, requested: quantity, left: leftOf.get(sku) ?? 0 }))
    .filter(({ requested, left: units }) => requested > units);
}
