import { Body, Controller, Param, Post } from '@nestjs/common';
import { Commands, HttpResult, Operation, RequestContext } from '#http';
import { PaymentIsDisputed, RefundExceedsCaptured } from '../domain/refund.errors.js';
import { RefundOrder } from '../use-cases/refund-order.js';
import { OrderParams } from './payment.schemas.js';
import { RefundBody, RefundView, refundView } from './refund.schemas.js';

@Controller('v1/admin/orders/:orderId/refunds')
export class RefundController {
  constructor(
    private readonly commands: Commands,
    private readonly refundOrder: RefundOrder,
  ) {}

  @Post()
  @Operation({
    id: 'refundOrder',
    summary: 'Give money of an order back',
    description:
      'In part or in full, and never more than was taken. The provider is asked a moment later; `paymentStatus` of the order follows.',
    responses: { 202: RefundView },
    errors: [
      'order_not_found',
      'nothing_to_refund',
      'payment_in_progress',
      PaymentIsDisputed.problem,
      RefundExceedsCaptured.problem,
    ],
    idempotencyKey: 'required',
    scope: 'payments:write',
  })
  refund(
    @Param({ schema: OrderParams }) params: OrderParams,
    @Body({ schema: RefundBody }) { amount, reason }: RefundBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    const request = { orderId: params.orderId, amount, reason, staff: caller };
    return this.commands.run(this.refundOrder, request, {
      key,
      respond: (refund) => HttpResult.of(202, refundView(refund)),
    });
  }
}
