import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { hashToken } from '#kernel';
import { Unauthenticated } from '../http.errors.js';
import { API_KEY_PREFIX, ApiKeys } from './api-keys.js';
import type { Caller } from './caller.js';
import { CustomerTokens } from './customer-tokens.js';

const BEARER = /^Bearer +([^ ]+)$/i;

/** What a request says of its sender without proof. */
type Unverified = Pick<Caller, 'cartTokenHash' | 'address'>;

/** Finds out who asks. */
@Injectable()
export class Credentials {
  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly customerTokens: CustomerTokens,
  ) {}

  /** @throws {Unauthenticated} for a bearer token that is not valid, wherever it is sent. */
  async callerOf({ headers, ip }: FastifyRequest): Promise<Caller> {
    const cartToken = headers['cart-token'];
    const cartTokenHash = typeof cartToken === 'string' && cartToken !== '' ? hashToken(cartToken) : undefined;
    const token = bearerOf(headers.authorization);
    const known = { cartTokenHash, address: ip };
    if (token === undefined) return guest(known);
    return token.startsWith(API_KEY_PREFIX) ? this.staff(token, known) : this.customer(token, known);
  }

  private async staff(key: string, known: Unverified): Promise<Caller> {
    const staff = await this.apiKeys.verify(key);
    if (staff === undefined) throw new Unauthenticated('This API key is not known, or it was revoked.');
    const actor = `staff:${staff.actor}`;
    return { ...known, staff, actor, idempotencyScope: actor };
  }

  private async customer(token: string, known: Unverified): Promise<Caller> {
    const customerId = await this.customerTokens.verify(token);
    if (customerId === undefined) {
      throw new Unauthenticated('This bearer token is not valid here, or it has expired. Get a new one and try again.');
    }
    const actor = `customer:${customerId}`;
    const { cartTokenHash } = known;
    // The subject last: it may have any characters, and must not be taken for another customer's with a cart.
    const scope = cartTokenHash === undefined ? actor : `cart:${cartTokenHash} ${actor}`;
    return { ...known, customerId, actor, idempotencyScope: scope };
  }
}

/** Guests without a cart are distinguished by their address. */
function guest({ cartTokenHash, address }: Unverified): Caller {
  const scope = cartTokenHash === undefined ? `guest:${address}` : `cart:${cartTokenHash}`;
  return { cartTokenHash, address, actor: 'guest', idempotencyScope: scope };
}

function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const token = BEARER.exec(authorization.trim())?.[1];
  if (token === undefined) throw new Unauthenticated('Authorization takes the form: Bearer <token>.');
  return token;
}
