import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { Transactions } from '#database';
import { HttpResult, Operation, page, pageOf, pageQuery } from '#http';
import { OutboxBacklog, type WaitingEvent } from '#messaging';

const OutboxQuery = pageQuery.extend({
  cursor: pageQuery.shape.cursor.pipe(z.coerce.number<string>().int().min(0).optional()),
});
type OutboxQuery = z.infer<typeof OutboxQuery>;

const WaitingEventView = z
  .object({
    id: z.uuid(),
    type: z.string().meta({ example: 'order.placed.v1' }),
    source: z.string(),
    subject: z.string(),
    sequence: z.int(),
    occurredAt: z.iso.datetime(),
    attempts: z.int().meta({ description: 'How often RabbitMQ has refused or returned it.' }),
    lastError: z.string().nullable(),
    nextAttemptAt: z.iso.datetime().nullable().meta({ description: 'Null: at once.' }),
  })
  .meta({ id: 'WaitingEvent' });

const OutboxView = pageOf(WaitingEventView)
  .extend({
    waiting: z.int().meta({ description: 'All events that wait, on this page or not.' }),
    oldestAgeSeconds: z.number().meta({ description: 'Above 5 something is wrong. 0 when nothing waits.' }),
  })
  .meta({ id: 'Outbox' });

@Controller('v1/admin/outbox')
export class OutboxController {
  constructor(
    private readonly transactions: Transactions,
    private readonly backlog: OutboxBacklog,
  ) {}

  @Get()
  @Operation({
    id: 'listOutbox',
    summary: 'Events that are not with RabbitMQ yet, the oldest first',
    description:
      'They are safe here and leave by themselves once RabbitMQ takes them. An event that is refused holds back those after it on its subject.',
    responses: { 200: OutboxView },
    scope: 'ops:read',
  })
  async read(@Query({ schema: OutboxQuery }) { limit, cursor = 0 }: OutboxQuery): Promise<HttpResult> {
    return this.transactions.read(async (db) => {
      const summary = await this.backlog.summary(db);
      const events = await this.backlog.events(db, { after: cursor, count: limit + 1 });
      const { data, nextCursor } = page(events, limit, ({ position }) => String(position));
      return HttpResult.ok({ ...summary, data: data.map(view), nextCursor });
    });
  }
}

const view = ({ position: _position, occurredAt, nextAttemptAt, ...event }: WaitingEvent) => ({
  ...event,
  occurredAt: occurredAt.toISOString(),
  nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
});
