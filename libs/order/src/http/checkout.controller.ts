import { Body, Controller, Post } from '@nestjs/common';
import { cartAlreadyOrdered, discountExhausted, discountNotValid } from '#contracts';
import { callerKeyOf, Commands, HttpResult, RequestContext, Operation } from '#http';
import { CountryNotServed, DeliveryMethodRequired, DeliveryMethodUnavailable } from '../domain/delivery.errors.js';
import { PlaceOrders } from '../use-cases/place-orders.js';
import { CheckoutAccess } from './order-access.js';
import { OrderView, PlaceOrder } from './order.schemas.js';
import { orderView } from './order.view.js';
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
    private readonly commands: Commands,
    private readonly placeOrders: PlaceOrders,
  ) {}

  @Post()
  @Operation({
    id: 'placeOrder',
    summary: 'Order a cart: its stock is held until the order is paid or the hold ends',
    description: 'If-Match is the ETag of the cart: a cart that was changed since is not ordered.',
    responses: { 201: OrderView },
    errors: [
      'cart_not_found',
      'cart_empty',
      cartAlreadyOrdered,
      'cart_locked',
      LinesNotForSale.problem,
      QuantityLimit.problem,
      DeliveryMethodRequired.problem,
      DeliveryMethodUnavailable.problem,
      CountryNotServed.problem,
      discountNotValid,
      discountExhausted,
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
    return this.commands.run(this.placeOrders, request, {
      key,
      respond: (order) =>
        HttpResult.created(orderView(order), { location: `/v1/orders/${order.id}`, etag: order.version }),
    });
  }
}
