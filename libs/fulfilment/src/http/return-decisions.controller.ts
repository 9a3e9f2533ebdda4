import { Body, Controller, Param, Post } from '@nestjs/common';
import { Commands, HttpResult, Operation, RequestContext } from '#http';
import { InvalidTransition, OverReceipt, RefundExceedsOrder } from '../domain/fulfilment.errors.js';
import { CancelReturn } from '../use-cases/cancel-return.js';
import { ReceiveReturn } from '../use-cases/receive-return.js';
import { CancelReturnBody, ReceiveBody, ReturnParams, StaffReturnView } from './fulfilment.schemas.js';
import { staffReturnView } from './fulfilment.views.js';

@Controller('v1/admin/returns')
export class ReturnDecisionsController {
  constructor(
    private readonly commands: Commands,
    private readonly receiveReturn: ReceiveReturn,
    private readonly cancelReturn: CancelReturn,
  ) {}

  @Post(':returnId/receive')
  @Operation({
    id: 'receiveReturn',
    summary: 'Take returned goods back, and give money back for them',
    description:
      'Once. What can be sold again goes to stock, and the refund is sent, a moment later. Units that have not come stay with their buyer and can be ' +
      'returned anew.',
    responses: { 200: StaffReturnView },
    errors: [
      'return_not_found',
      'order_not_found',
      InvalidTransition.problem,
      OverReceipt.problem,
      RefundExceedsOrder.problem,
    ],
    idempotencyKey: 'required',
    scope: 'orders:write',
  })
  receive(
    @Param({ schema: ReturnParams }) { returnId }: ReturnParams,
    @Body({ schema: ReceiveBody }) { items, refund, location }: ReceiveBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.receiveReturn,
      { returnId, items, refund, location, actor: caller.actor },
      { key, respond: (goodsReturn) => HttpResult.ok(staffReturnView(goodsReturn)) },
    );
  }

  @Post(':returnId/cancel')
  @Operation({
    id: 'cancelReturn',
    summary: 'Give up a return: its goods stay with their buyer',
    responses: { 200: StaffReturnView },
    errors: ['return_not_found', InvalidTransition.problem],
    idempotencyKey: 'optional',
    scope: 'orders:write',
  })
  cancel(
    @Param({ schema: ReturnParams }) { returnId }: ReturnParams,
    @Body({ schema: CancelReturnBody }) { reason }: CancelReturnBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.cancelReturn,
      { returnId, reason, actor: caller.actor },
      { key, respond: (goodsReturn) => HttpResult.ok(staffReturnView(goodsReturn)) },
    );
  }
}
