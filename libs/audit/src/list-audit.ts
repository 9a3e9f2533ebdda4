import type { Reader } from '#database';
import type { Id } from '#kernel';

export interface AuditEntry {
  readonly id: Id<'aud'>;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly before: object | null;
  readonly after: object | null;
  readonly reason: string | null;
  readonly traceId: string | null;
}

/** Which entries are meant. What is absent is not asked for. */
export interface AuditFilter {
  readonly actor?: string | undefined;
  /** `product:MUG-01`, or only the type: `product`. */
  readonly subject?: string | undefined;
}

const LIST = `
  SELECT id, at, actor, action, subject_type AS "subjectType", subject_id AS "subjectId", before, after, reason, trace_id AS "traceId"
  FROM audit.entries
  WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR subject_type = $2) AND ($3::text IS NULL OR subject_id = $3)
    AND ($4::text IS NULL OR id < $4)
  ORDER BY id DESC LIMIT $5`;

/** The latest first. @param slice.before id of the entry after which the list goes on */
export async function listAudit(
  db: Reader,
  { actor, subject, before, count }: AuditFilter & { readonly before?: string | undefined; readonly count: number },
): Promise<AuditEntry[]> {
  const [type, id] = subjectOf(subject);
  return (await db.query<AuditEntry>(LIST, [actor, type, id, before, count])).rows;
}

/** Ids may have colons, as the keys of locks do; types have none. */
function subjectOf(subject: string | undefined): [type?: string, id?: string] {
  if (subject === undefined) return [];
  const colon = subject.indexOf(':');
  return colon === -1 ? [subject] : [subject.slice(0, colon), subject.slice(colon + 1)];
}
