import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who asks, as far as the credentials of the request were verified. Also the credentials that open a cart or an order. */
export interface Caller {
  /** SHA-256 of the Cart-Token header, hexadecimal. Whether it opens anything is for the cart to say. */
  readonly cartTokenHash?: string | undefined;
  /** Subject of the customer's verified bearer token. */
  readonly customerId?: string | undefined;
  /** `actor` is 'admin' for the bootstrap key, otherwise the id of the API key. */
  readonly staff?: { readonly actor: string; readonly scopes: ReadonlySet<string> } | undefined;
  /** Address that the request came from: all that is known of a guest. */
  readonly address: string;
  /** Set for staff whose scope allows this operation on behalf of every buyer. */
  readonly anyBuyer?: boolean;
  /** For history rows: `guest`, `customer:…` or `staff:…`. */
  readonly actor: string;
  /** Within it an Idempotency-Key stands for one request. */
  readonly idempotencyScope: string;
}

const callers = new WeakMap<object, Caller>();
const carts = new WeakMap<Caller, string>();

export function rememberCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** Whether the credentials of the request were verified. */
export const isCallerKnown = (request: FastifyRequest): boolean => callers.has(request);

export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error('The handler asks for the caller but is no @Operation().');
  return caller;
}

/**
 * Who asked, for the log: `staff:…` with the id of the key, `customer:…`, `guest:cart_…` where a check of access has opened that cart,
 * `guest`, or `none` where nobody was asked. Never a secret.
 */
export function callerLabelOf(request: FastifyRequest): string {
  const caller = callers.get(request);
  if (caller === undefined) return 'none';
  const cartId = carts.get(caller);
  return caller.actor === 'guest' && cartId !== undefined ? `guest:${cartId}` : caller.actor;
}

/** Called by checks of access once the guest's token has opened this cart. */
export function rememberCart(caller: Caller, cartId: string): void {
  carts.set(caller, cartId);
}

/** Parameter of an @Operation(): who asks. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
