import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { Transactions } from '#database';
import { Commands, HttpResult, Operation, page, RequestContext } from '#http';
import { RefundExceedsCaptured, RefundNotFound, RefundNotParked } from '../domain/refund.errors.js';
import { listRefunds } from '../persistence/list-payments.js';
import { RetryRefund } from '../use-cases/retry-refund.js';
import * as schemas from './staff-payment.schemas.js';

@Controller('v1/admin/refunds')
export class StaffRefundController {
  constructor(
    private readonly transactions: Transactions,
    private readonly commands: Commands,
    private readonly retryRefund: RetryRefund,
  ) {}

  @Get()
  @Operation({
    id: 'listRefunds',
    summary: 'Refunds, the newest first',
    responses: { 200: schemas.StaffRefundPage },
    scope: 'orders:read',
  })
  async list(
    @Query({ schema: schemas.RefundsQuery }) { limit, cursor: after, status }: schemas.RefundsQuery,
  ): Promise<HttpResult> {
    const refunds = await this.transactions.read((db) => listRefunds(db, { status, after, count: limit + 1 }));
    return HttpResult.ok(page(refunds.map(schemas.staffRefundView), limit, ({ id }) => id));
  }

  @Post(':refundId/retry')
  @Operation({
    id: 'retryRefund',
    summary: 'Send a refused refund to the provider again',
    description:
      'With the same key, so it is given back once. Where the provider refuses it for good, refund the order anew instead.',
    responses: { 202: schemas.StaffRefundView },
    errors: [RefundNotFound.problem, RefundNotParked.problem, 'payment_disputed', RefundExceedsCaptured.problem],
    idempotencyKey: 'required',
    scope: 'payments:write',
  })
  retry(
    @Param({ schema: schemas.RefundParams }) { refundId }: schemas.RefundParams,
    @Body({ schema: schemas.ReasonBody }) { reason }: schemas.ReasonBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.retryRefund,
      { refundId, reason, actor: caller.actor },
      {
        key,
        respond: (refund) => HttpResult.of(202, schemas.staffRefundView(refund)),
      },
    );
  }
}
