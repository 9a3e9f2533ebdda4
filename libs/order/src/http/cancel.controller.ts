import { Controller, Param, Post } from '@nestjs/common';
import { Commands, HttpResult, RequestContext, Operation } from '#http';
import { CancelOrder } from '../use-cases/cancel-order.js';
import { OrderAccess } from './order-access.js';
import { OrderParams, OrderView } from './order.schemas.js';
import { orderView } from './order.view.js';
import { InvalidTransition } from '../domain/order.errors.js';

@Controller('v1/orders/:orderId/cancel')
export class CancelController {
  constructor(
    private readonly commands: Commands,
    private readonly cancelOrder: CancelOrder,
  ) {}

  @Post()
  @Operation({
    id: 'cancelOrder',
    summary: 'Give up an order of which nothing has left; its stock is free again and its money goes back',
    description:
      'A paid order is `cancelling` until its money is given back, then `cancelled`. Whether buyers may do that after they have paid is a setting of ' +
      'the shop (`BUYER_CANCEL_AFTER_PAYMENT`).',
    responses: { 200: OrderView },
    errors: ['order_not_found', InvalidTransition.problem],
    idempotencyKey: 'required',
    ifMatch: 'optional',
    access: OrderAccess,
    staffScope: 'orders:write',
  })
  cancel(
    @Param({ schema: OrderParams }) params: OrderParams,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    const cancellation = { orderId: params.orderId, buyer: caller, actor: caller.actor, expected };
    return this.commands.run(this.cancelOrder, cancellation, {
      key,
      respond: (order) => HttpResult.ok(orderView(order), { etag: order.version }),
    });
  }
}
