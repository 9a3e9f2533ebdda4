import { Controller, Param, Post } from '@nestjs/common';
import { Answer, IdempotentRequests, Incoming, Operation } from '#http';
import { OrderLocks } from '../order-locks.js';
import { CancelOrder } from '../use-cases/cancel-order.js';
import { orderIdOf } from './order-id.js';
import { OrderParams, orderView } from './order.schemas.js';
import { orderViewOf } from './order.view.js';

@Controller('v1/orders/:orderId/cancel')
export class CancelController {
  constructor(
    private readonly locks: OrderLocks,
    private readonly requests: IdempotentRequests,
    private readonly cancelOrder: CancelOrder,
  ) {}

  @Post()
  @Operation({
    summary: 'Give up an order before any payment; its stock is free again',
    responses: { 200: orderView },
    errors: ['order_not_found', 'invalid_transition'],
    idempotencyKey: 'required',
    ifMatch: true,
  })
  cancel(
    @Param({ schema: OrderParams }) params: OrderParams,
    @Incoming() { caller, key, expected }: Incoming,
  ): Promise<Answer> {
    const cancellation = { orderId: orderIdOf(params), buyer: caller, actor: caller.actor, expectedVersion: expected };
    return this.locks.aroundOrder(cancellation.orderId, () =>
      this.requests.run(key, async (tx) => {
        const order = await this.cancelOrder.run(tx, cancellation);
        return Answer.ok(orderViewOf(order), { etag: order.version });
      }),
    );
  }
}
