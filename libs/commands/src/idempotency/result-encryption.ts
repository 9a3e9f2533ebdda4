import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { IdempotencyKey } from './idempotency-key.js';
import type { StoredResult } from './stored-result.js';

const CIPHER = 'aes-256-gcm';
const HALF_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The id of a key's row, and the secret that encrypts its result. Both come from the caller and the key, of which only `id` is stored: a
 * result can have a cart's token or a buyer's address, and the table alone must not give them away.
 */
export function secretsOf({ scope, key }: IdempotencyKey): { id: Buffer; secret: Buffer } {
  const digest = createHash('sha512').update(scope).update('\0').update(key).digest();
  return { id: digest.subarray(0, HALF_BYTES), secret: digest.subarray(HALF_BYTES) };
}

export function encryptResult({ status, headers, body }: StoredResult, secret: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, secret, iv);
  const encrypted = Buffer.concat([cipher.update(JSON.stringify({ status, headers, body }), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), encrypted]);
}

export function decryptResult(stored: Buffer, secret: Buffer): StoredResult {
  const decipher = createDecipheriv(CIPHER, secret, stored.subarray(0, IV_BYTES));
  decipher.setAuthTag(stored.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = decipher.update(stored.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  return JSON.parse(text) as StoredResult;
}
