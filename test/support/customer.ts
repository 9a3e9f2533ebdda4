import { SignJWT } from 'jose';
import type { ApiClient } from './api-client.js';

/** Setting of a shop whose customers are `asCustomer`. */
export const CUSTOMER_JWT_SECRET = 'a secret that the identity provider shares';

/** Header of somebody whom the shop's identity provider knows by this subject. */
export async function customerBearer(subject: string): Promise<{ readonly authorization: string }> {
  const claims = new SignJWT().setProtectedHeader({ alg: 'HS256' }).setSubject(subject).setExpirationTime('1h');
  return { authorization: `Bearer ${await claims.sign(new TextEncoder().encode(CUSTOMER_JWT_SECRET))}` };
}

export async function asCustomer(api: ApiClient, subject: string): Promise<ApiClient> {
  return api.as({ ...(await customerBearer(subject)) });
}
