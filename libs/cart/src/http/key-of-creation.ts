import type { Caller, IdempotencyKey } from '#http';

const UNGUESSABLE_LENGTH_MIN = 20;

/**
 * The key under which the creation of a cart is remembered. Keys are scoped to the caller; a caller without credentials has no scope but
 * the key itself, and the answer carries the cart's token. Two strangers who both send `1` must not share a cart, so without credentials
 * only a key that can be unguessable (a UUID has 36 characters, a ULID 26) is honoured. With a shorter one each request makes a cart,
 * which holds nothing and costs nobody anything.
 */
export function keyOfCreation(caller: Caller, key: IdempotencyKey | undefined): IdempotencyKey | undefined {
  const anonymous = caller.cartTokenHash === undefined && caller.customerId === undefined && caller.staff === undefined;
  return anonymous && key !== undefined && key.key.length < UNGUESSABLE_LENGTH_MIN ? undefined : key;
}
