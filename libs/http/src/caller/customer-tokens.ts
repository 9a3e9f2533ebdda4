import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet, customFetch, decodeProtectedHeader, errors, jwtVerify, type JWTVerifyOptions } from 'jose';
import { Config } from '#config';
import { IdentityProviderUnavailable } from '../http.errors.js';
import { fetchKeySet } from './fetch-key-set.js';

const SHARED_SECRET_ALGORITHM = 'HS256';
const PUBLIC_KEY_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];
const CLOCK_TOLERANCE_SECONDS = 5;
const JWKS_TIMEOUT_MS = 2_000;
/** Parts of a compact JWS. */
const BASE64URL = /^[\w-]+$/;
/** A subject becomes part of history rows and log lines. OpenID Connect allows 255 characters. */
const SUBJECT = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,255}$/u;

/** The token is not to blame: the key set could not be fetched, or is none. */
const KEY_SET_FAILED = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);

/** Customers' bearer tokens, by the shared secret or the public keys of the shop's identity provider. */
@Injectable()
export class CustomerTokens {
  private readonly secret: Uint8Array | undefined;
  private readonly keySet: ReturnType<typeof createRemoteJWKSet> | undefined;
  private readonly claims: JWTVerifyOptions;

  constructor(@Inject(Config) config: Config) {
    const { CUSTOMER_JWT_SECRET: secret, CUSTOMER_JWKS_URL: keySetUrl } = config;
    this.secret = secret === undefined ? undefined : new TextEncoder().encode(secret);
    this.keySet =
      keySetUrl === undefined
        ? undefined
        : createRemoteJWKSet(new URL(keySetUrl), { timeoutDuration: JWKS_TIMEOUT_MS, [customFetch]: fetchKeySet });
    this.claims = {
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp'],
      ...(config.CUSTOMER_JWT_ISSUER !== undefined && { issuer: config.CUSTOMER_JWT_ISSUER }),
      ...(config.CUSTOMER_JWT_AUDIENCE !== undefined && { audience: config.CUSTOMER_JWT_AUDIENCE }),
    };
  }

  /**
   * The customer's id; undefined for a token that is not valid here.
   *
   * @throws {IdentityProviderUnavailable} when its key set cannot be fetched.
   */
  async verify(token: string): Promise<string | undefined> {
    if (!isCanonical(token)) return undefined;
    try {
      const subject: unknown = await this.subjectOf(token);
      return typeof subject === 'string' && SUBJECT.test(subject) ? subject : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError && !KEY_SET_FAILED.has(error.code)) return undefined;
      throw new IdentityProviderUnavailable(error);
    }
  }

  private async subjectOf(token: string): Promise<string | undefined> {
    const symmetric = algorithmOf(token) === SHARED_SECRET_ALGORITHM;
    if (symmetric && this.secret !== undefined) {
      const { payload } = await jwtVerify(token, this.secret, {
        ...this.claims,
        algorithms: [SHARED_SECRET_ALGORITHM],
      });
      return payload.sub;
    }
    if (symmetric || this.keySet === undefined) return undefined;
    const { payload } = await jwtVerify(token, this.keySet, { ...this.claims, algorithms: PUBLIC_KEY_ALGORITHMS });
    return payload.sub;
  }
}

/** One token has one spelling: no padding, and no other last bits. Otherwise a list of revoked tokens could be passed by. */
function isCanonical(token: string): boolean {
  const parts = token.split('.');
  return parts.every((part) => BASE64URL.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part);
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch {
    throw new errors.JWTInvalid('not a JWS in compact form');
  }
}
