import { Controller, Param, Post } from '@nestjs/common';
import { HttpResult, IdempotentRequests, RequestContext, Operation } from '#http';
import { Locked } from '#locking';
import { CancelOrder } from '../use-cases/cancel-order.js';
import { OrderAccess } from './order-access.js';
import { orderIdOf } from './order-id.js';
import { OrderParams, orderView } from './order.schemas.js';
import { orderViewOf } from './order.view.js';
import { InvalidTransition } from '../domain/order.errors.js';

/** Keeps what happens to one order from queueing inside the database, where the order's row decides whether it may be cancelled. */
const ORDER_LOCK = { ttlMs: 5_000, waitMs: 2_000, onUnavailable: 'database', onTimeout: 'database' } as const;

@Controller('v1/orders/:orderId/cancel')
export class CancelController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly cancelOrder: CancelOrder,
  ) {}

  @Post()
  @Operation({
    id: 'cancelOrder',
    summary: 'Give up an order before any payment; its stock is free again',
    responses: { 200: orderView },
    errors: ['order_not_found', InvalidTransition.problem],
    idempotencyKey: 'required',
    ifMatch: 'optional',
    access: OrderAccess,
    staffScope: 'orders:write',
  })
  @Locked((params: OrderParams) => `order:${orderIdOf(params)}`, ORDER_LOCK)
  cancel(
    @Param({ schema: OrderParams }) params: OrderParams,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    const cancellation = { orderId: orderIdOf(params), buyer: caller, actor: caller.actor, expected };
    return this.requests.run(key, async (tx) => {
      const order = await this.cancelOrder.run(tx, cancellation);
      return HttpResult.ok(orderViewOf(order), { etag: order.version });
    });
  }
}
