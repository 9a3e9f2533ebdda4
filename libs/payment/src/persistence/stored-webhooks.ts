import { col, statement, type Reader, type RowOf, type Tx } from '#database';
import type { WebhookKey } from './webhook-events.js';

export const WEBHOOK_STATUSES = ['received', 'applied', 'ignored', 'parked'] as const;
export type WebhookStatus = (typeof WEBHOOK_STATUSES)[number];

export const LIST_WEBHOOKS = statement(
  `SELECT number, provider, event_id AS "eventId", type, status, reason, received_at AS "receivedAt", settled_at AS "settledAt"
   FROM payment.webhook_events
   WHERE ($1::text IS NULL OR status = $1) AND ($2::bigint IS NULL OR number < $2) ORDER BY number DESC LIMIT $3`,
  {
    number: col.bigint(),
    provider: col.text(),
    eventId: col.text(),
    type: col.text(),
    status: col.text<WebhookStatus>(),
    reason: col.orNull(col.text()),
    receivedAt: col.timestamptz(),
    settledAt: col.orNull(col.timestamptz()),
  },
);

export type StoredWebhook = RowOf<typeof LIST_WEBHOOKS>;

export interface WebhookSlice {
  readonly status: WebhookStatus | undefined;
  /** The last one of the page before; undefined for the first page. */
  readonly after: number | undefined;
  readonly count: number;
}

/** The newest first. */
export async function listWebhooks(db: Reader, { status, after, count }: WebhookSlice): Promise<StoredWebhook[]> {
  return (await db.query(LIST_WEBHOOKS, [status ?? null, after ?? null, count])).rows;
}

export const REOPEN_WEBHOOK = statement(
  `UPDATE payment.webhook_events SET status = 'received', reason = NULL, settled_at = NULL
   WHERE number = $1 AND status = 'parked' RETURNING provider, event_id AS "eventId"`,
  { provider: col.text(), eventId: col.text() },
);

/** Takes a parked event up again. Undefined when it is not parked. */
export async function reopenWebhook(tx: Tx, number: number): Promise<WebhookKey | undefined> {
  return (await tx.query(REOPEN_WEBHOOK, [number])).rows[0];
}

export async function findWebhook(db: Reader, number: number): Promise<StoredWebhook | undefined> {
  const [found] = await listWebhooks(db, { status: undefined, after: number + 1, count: 1 });
  return found?.number === number ? found : undefined;
}
