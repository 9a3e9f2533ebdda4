import { Body, Controller, Post } from '@nestjs/common';
import { cartAlreadyOrdered } from '#contracts';
import type { Tx } from '#database';
import { callerKeyOf, HttpResult, IdempotentRequests, RequestContext, Operation } from '#http';
import type { DomainError } from '#kernel';
import { CheckoutLocks } from '../use-cases/checkout-locks.js';
import { PlaceOrders, type PlaceOrderRequest } from '../use-cases/place-orders.js';
import { CheckoutAccess } from './order-access.js';
import { orderView, PlaceOrder } from './order.schemas.js';
import { orderViewOf } from './order.view.js';
import {
  HeldUnitsLimit,
  LinesNotForSale,
  OpenOrdersLimit,
  QuantityLimit,
  TotalChanged,
} from '../domain/order.errors.js';

@Controller('v1/orders')
export class CheckoutController {
  constructor(
    private readonly locks: CheckoutLocks,
    private readonly requests: IdempotentRequests,
    private readonly placeOrders: PlaceOrders,
  ) {}

  @Post()
  @Operation({
    id: 'placeOrder',
    summary: 'Order a cart: its stock is held until the order is paid or the hold ends',
    description: 'If-Match is the ETag of the cart: a cart that was changed since is not ordered.',
    responses: { 201: orderView },
    errors: [
      'cart_not_found',
      'cart_empty',
      cartAlreadyOrdered,
      'cart_locked',
      LinesNotForSale.problem,
      QuantityLimit.problem,
      OpenOrdersLimit.problem,
      HeldUnitsLimit.problem,
      TotalChanged.problem,
    ],
    idempotencyKey: 'required',
    ifMatch: 'optional',
    access: CheckoutAccess,
  })
  place(
    @Body({ schema: PlaceOrder }) body: PlaceOrder,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    const request = { ...body, buyer: caller, actor: caller.actor, callerKey: callerKeyOf(caller), expected };
    return this.locks.around(body.cartId, caller, () => this.requests.run(key, (tx) => this.placeOne(tx, request)));
  }

  /** A refusal leaves the transaction good, so it is returned and stored with it. */
  private async placeOne(tx: Tx, request: PlaceOrderRequest): Promise<HttpResult | DomainError> {
    const [outcome] = await this.placeOrders.run(tx, [request]);
    if (outcome === undefined) throw new Error('The order has no outcome.');
    if ('error' in outcome) return outcome.error;
    const order = orderViewOf(outcome.order);
    return HttpResult.created(order, { location: `/v1/orders/${order.id}`, etag: order.version });
  }
}
