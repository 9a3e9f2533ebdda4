import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { HttpResult } from '../operation/http-result.js';
import type { IdempotencyKey } from './idempotency-key.js';

const CIPHER = 'aes-256-gcm';
const HALF_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * By what a key's row is found, and what seals its answer. Both come from the caller and the key, of which only `id` is stored: an
 * answer can carry a cart's token or a buyer's address, and whoever reads the table must not learn them.
 */
export function secretsOf({ scope, key }: IdempotencyKey): { id: Buffer; seal: Buffer } {
  const digest = createHash('sha512').update(scope).update('\0').update(key).digest();
  return { id: digest.subarray(0, HALF_BYTES), seal: digest.subarray(HALF_BYTES) };
}

export function sealAnswer(answer: HttpResult, seal: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, seal, iv);
  const { status, headers, body } = answer;
  const sealed = Buffer.concat([cipher.update(JSON.stringify({ status, headers, body }), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

export function openAnswer(stored: Buffer, seal: Buffer): HttpResult {
  const decipher = createDecipheriv(CIPHER, seal, stored.subarray(0, IV_BYTES));
  decipher.setAuthTag(stored.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = decipher.update(stored.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  const { status, headers, body } = JSON.parse(text) as HttpResult;
  return HttpResult.of(status, body, headers);
}
