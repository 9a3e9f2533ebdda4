import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { listAudit } from '#audit';
import { Transactions } from '#database';
import { Caller, HttpResult, Operation, page, pageOf, pageQuery } from '#http';
import { idSchema } from '#kernel';
import { ReadOrder } from '../use-cases/read-order.js';
import { OrderParams } from './order.schemas.js';

const state = (description: string) => z.record(z.string(), z.unknown()).nullable().meta({ description });

const OrderAuditEntryView = z
  .object({
    id: idSchema('aud'),
    at: z.iso.datetime(),
    actor: z.string().meta({ example: 'staff:admin' }),
    action: z.string().meta({ example: 'order.hold' }),
    before: state('What the change touches, as it was.'),
    after: state('As it is since the change.'),
    reason: z.string().nullable().meta({ example: 'the address looks wrong' }),
    traceId: z.string().nullable().meta({ description: 'The request’s, as in its log line and in the timeline.' }),
  })
  .meta({ id: 'OrderAuditEntry' });

const OrderAuditPage = pageOf(OrderAuditEntryView).meta({ id: 'OrderAuditPage' });

const AuditCursor = pageQuery;
type AuditCursor = z.infer<typeof AuditCursor>;

@Controller('v1/admin/orders/:orderId/audit')
export class OrderAuditController {
  constructor(
    private readonly transactions: Transactions,
    private readonly readOrder: ReadOrder,
  ) {}

  @Get()
  @Operation({
    id: 'listOrderAudit',
    summary: 'What staff did to an order and its payments, and why, the latest first',
    responses: { 200: OrderAuditPage },
    errors: ['order_not_found'],
    scope: 'orders:read',
  })
  async list(
    @Param({ schema: OrderParams }) { orderId }: OrderParams,
    @Query({ schema: AuditCursor }) { limit, cursor: before }: AuditCursor,
    @Caller() caller: Caller,
  ): Promise<HttpResult> {
    const entries = await this.transactions.read(async (db) => {
      await this.readOrder.run(db, orderId, { ...caller, anyBuyer: true });
      return listAudit(db, { subject: `order:${orderId}`, before, count: limit + 1 });
    });
    const { data, nextCursor } = page(entries, limit, ({ id }) => id);
    const views = data.map(({ id, at, actor, action, before: was, after, reason, traceId }) => {
      return { id, at: at.toISOString(), actor, action, before: was, after, reason, traceId };
    });
    return HttpResult.ok({ data: views, nextCursor });
  }
}
