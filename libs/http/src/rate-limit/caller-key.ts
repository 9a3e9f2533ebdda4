import type { Caller } from '../caller/caller.js';
import { addressGroup } from './address-group.js';

/**
 * Under which something is counted for one caller: `customer:…`, or for guests `address:…`, since a guest may have as many carts as they
 * like. Undefined for staff, who are not limited.
 */
export function callerKeyOf({ staff, customerId, address }: Caller): string | undefined {
  if (staff !== undefined) return undefined;
  return customerId === undefined ? `address:${addressGroup(address)}` : `customer:${customerId}`;
}
