import { createHmac, timingSafeEqual } from 'node:crypto';
import { InvalidWebhookSignature, type WebhookRequest } from '../provider-events.js';

/** How far the sender's clock and ours may be apart, and how long a delivery may take. */
const TOLERANCE_SECONDS = 300;

const PREFIX = 'whsec_';

export interface SignedMessage {
  readonly id: string;
  readonly timestamp: Date;
  readonly body: string;
}

/**
 * Headers of a webhook as the Standard Webhooks specification has them (github.com/standard-webhooks/standard-webhooks).
 *
 * @param secret base64, with or without the prefix `whsec_`
 */
export function signedHeaders({ id, timestamp, body }: SignedMessage, secret: string): Record<string, string> {
  const seconds = String(Math.floor(timestamp.getTime() / 1_000));
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature(id, seconds, Buffer.from(body), secret).toString('base64')}`,
  };
}

/**
 * Returns the id of the message. The header may list several signatures, and several secrets may be live: one pair must agree.
 *
 * @throws {InvalidWebhookSignature}
 */
export function verifiedId({ rawBody, headers }: WebhookRequest, secrets: readonly string[], now: Date): string {
  const id = headers['webhook-id'];
  const seconds = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof seconds !== 'string' || typeof signatures !== 'string') {
    throw new InvalidWebhookSignature('a header of the signature is missing');
  }
  if (!/^\d{1,12}$/.test(seconds) || Math.abs(now.getTime() / 1_000 - Number(seconds)) > TOLERANCE_SECONDS) {
    throw new InvalidWebhookSignature('the timestamp is too old or too new');
  }
  const given = signatures.split(' ').flatMap((part) => (part.startsWith('v1,') ? [part.slice('v1,'.length)] : []));
  const expected = secrets.map((secret) => signature(id, seconds, rawBody, secret));
  const agrees = expected.some((right) => given.some((text) => equal(Buffer.from(text, 'base64'), right)));
  if (!agrees) throw new InvalidWebhookSignature('no signature agrees');
  return id;
}

function signature(id: string, seconds: string, body: Buffer, secret: string): Buffer {
  const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
  return createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest();
}

const equal = (left: Buffer, right: Buffer): boolean => left.length === right.length && timingSafeEqual(left, right);
