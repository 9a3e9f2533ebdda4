import type { Tx } from '#database';
import { newId } from '#kernel';
import { currentTrace } from '#observability';

/** One thing that somebody changed. */
export interface AuditChange {
  /** What was done, as subject and verb: `product.replace`. */
  readonly action: string;
  readonly subject: { readonly type: string; readonly id: string };
  /** What the change touches, as it was; null for what did not exist. Never a secret, and no more than the change is about. */
  readonly before: object | null;
  /** As it is now; null for what does not exist any more. */
  readonly after: object | null;
  readonly reason?: string | undefined;
}

const RECORD = `
  INSERT INTO audit.entries (id, actor, action, subject_type, subject_id, before, after, reason, trace_id)
  SELECT id, $1, action, subject_type, subject_id, before, after, reason, $2
  FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[], $9::text[])
    AS input (id, action, subject_type, subject_id, before, after, reason)`;

/**
 * Leaves entries in the transaction of the changes, so that there is neither a change without its entry nor an entry without its change. One
 * statement, however many.
 *
 * @param actor `staff:…` (an API key, or `admin`) or `cli:…` (a user of the machine)
 */
export async function recordAudit(tx: Tx, actor: string, changes: readonly AuditChange[]): Promise<void> {
  if (changes.length === 0) return;
  await tx.query(RECORD, [
    actor,
    currentTrace()?.traceId ?? null,
    changes.map(() => newId('aud')),
    changes.map(({ action }) => action),
    changes.map(({ subject }) => subject.type),
    changes.map(({ subject }) => subject.id),
    changes.map(({ before }) => json(before)),
    changes.map(({ after }) => json(after)),
    changes.map(({ reason }) => reason ?? null),
  ]);
}

const json = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));
