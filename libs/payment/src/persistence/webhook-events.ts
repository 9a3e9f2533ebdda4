import { col, statement, type Tx } from '#database';
import type { ProviderEvent, ProviderFact } from '../providers/provider-events.js';

export interface WebhookKey {
  readonly provider: string;
  readonly eventId: string;
}

/** What became of a webhook: it changed something, it changed nothing, or a person has to look at it. */
export interface WebhookOutcome {
  readonly status: 'applied' | 'ignored' | 'parked';
  readonly reason?: string;
}

export const STORE_WEBHOOK = statement(`
  INSERT INTO payment.webhook_events (provider, event_id, type, fact, status, reason, settled_at)
     SELECT $1, $2, $3, $4::jsonb, CASE WHEN $4 IS NULL THEN 'ignored' ELSE 'received' END,
       CASE WHEN $4 IS NULL THEN 'type_not_needed' END, CASE WHEN $4 IS NULL THEN now() END
     ON CONFLICT DO NOTHING`);

export const LOCK_WEBHOOK = statement(
  'SELECT fact, status FROM payment.webhook_events WHERE provider = $1 AND event_id = $2 FOR UPDATE',
  { fact: col.orNull(col.jsonb<ProviderFact>()), status: col.text() },
);

export const SETTLE_WEBHOOK = statement(`
  UPDATE payment.webhook_events SET status = $3, reason = $4, settled_at = now() WHERE provider = $1 AND event_id = $2`);

/** Stores an event that needs no work as ignored. False when the event was stored before. */
export async function storeWebhook(tx: Tx, provider: string, { id, type, fact }: ProviderEvent): Promise<boolean> {
  const { count } = await tx.query(STORE_WEBHOOK, [
    provider,
    id,
    type,
    fact === undefined ? null : JSON.stringify(fact),
  ]);
  return count > 0;
}

/** Locks the event's row. Undefined for one that is not stored; `fact` is undefined for one that is settled. */
export async function lockWebhook(
  tx: Tx,
  { provider, eventId }: WebhookKey,
): Promise<{ readonly fact: ProviderFact | undefined } | undefined> {
  const { rows } = await tx.query(LOCK_WEBHOOK, [provider, eventId]);
  const [row] = rows;
  return row && { fact: row.status === 'received' ? (row.fact ?? undefined) : undefined };
}

export async function settleWebhook(tx: Tx, { provider, eventId }: WebhookKey, outcome: WebhookOutcome): Promise<void> {
  await tx.query(SETTLE_WEBHOOK, [provider, eventId, outcome.status, outcome.reason ?? null]);
}
