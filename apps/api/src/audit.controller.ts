import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { listAudit, type AuditEntry } from '#audit';
import { Transactions } from '#database';
import { HttpResult, Operation, page, pageOf, pageQuery } from '#http';
import { idSchema, lineOfText } from '#kernel';

const AuditQuery = pageQuery.extend({
  subject: lineOfText(1_100)
    .optional()
    .meta({ description: 'A type, or a type and an id.', example: 'product:MUG-01' }),
  actor: lineOfText(300).optional().meta({ example: 'staff:admin' }),
});
type AuditQuery = z.infer<typeof AuditQuery>;

const state = (description: string) => z.record(z.string(), z.unknown()).nullable().meta({ description });

const AuditEntryView = z
  .object({
    id: idSchema('aud'),
    at: z.iso.datetime(),
    actor: z
      .string()
      .meta({ description: 'An API key (`staff:key_…`, `staff:admin`) or a user of the machine (`cli:…`).' }),
    action: z.string().meta({ example: 'product.replace' }),
    subject: z.object({ type: z.string().meta({ example: 'product' }), id: z.string().meta({ example: 'MUG-01' }) }),
    before: state('What the change touches, as it was. Null for what did not exist.'),
    after: state('As it is since the change. Null for what does not exist any more.'),
    reason: z.string().nullable(),
    traceId: z.string().nullable().meta({ description: 'The request’s, as in its log line.' }),
  })
  .meta({ id: 'AuditEntry' });

const AuditPage = pageOf(AuditEntryView).meta({ id: 'AuditPage' });

/** Here and not beside the entries: the audit library knows nothing of HTTP. */
@Controller('v1/admin/audit')
export class AuditController {
  constructor(private readonly transactions: Transactions) {}

  @Get()
  @Operation({
    id: 'listAudit',
    summary: 'Who changed what, the latest first',
    description:
      'Every write of staff, machines and operators leaves an entry in the transaction of the change. Entries are never removed.',
    responses: { 200: AuditPage },
    scope: 'ops:read',
  })
  async list(
    @Query({ schema: AuditQuery }) { limit, cursor: before, subject, actor }: AuditQuery,
  ): Promise<HttpResult> {
    const slice = { subject, actor, before, count: limit + 1 };
    const entries = await this.transactions.read((db) => listAudit(db, slice));
    const { data, nextCursor } = page(entries, limit, ({ id }) => id);
    return HttpResult.ok({ data: data.map(view), nextCursor });
  }
}

const view = ({ subjectType, subjectId, at, ...entry }: AuditEntry) => ({
  ...entry,
  at: at.toISOString(),
  subject: { type: subjectType, id: subjectId },
});
