import type { IdempotencyKey } from '#commands';
import type { Caller, HttpResult } from '#http';
import { hashToken } from '#kernel';
import { SecretNotReplayable } from '../domain/cart.errors.js';

/**
 * The key of a cart's creation. A Cart-Token that comes with it proves nothing yet, so guests are distinguished by their address and the key
 * itself.
 */
export function creationKeyOf(caller: Caller, key: IdempotencyKey | undefined): IdempotencyKey | undefined {
  return key && { ...key, scope: isVerified(caller) ? caller.actor : `guest:${caller.address}` };
}

/**
 * The stored answer of a creation has the token of its cart. A guest who repeats the request must show that token.
 *
 * @throws {SecretNotReplayable}
 */
export function assertMayBeTold(answer: HttpResult, caller: Caller): void {
  if (answer.headers['idempotent-replayed'] === undefined || isVerified(caller)) return;
  const { token } = answer.body as { readonly token?: string };
  if (token !== undefined && hashToken(token) !== caller.cartTokenHash) throw new SecretNotReplayable();
}

const isVerified = ({ customerId, staff }: Caller): boolean => customerId !== undefined || staff !== undefined;
