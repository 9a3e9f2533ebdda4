import { Controller, Get, Param, Query } from '@nestjs/common';
import { Transactions } from '#database';
import { Caller, HttpResult, Operation } from '#http';
import { ListDelivery } from '../use-cases/list-delivery.js';
import { CartAccess } from './cart-access.js';
import { CartDelivery, CartParams, DeliveryQuery } from './cart.schemas.js';

@Controller('v1/carts/:cartId/delivery-methods')
export class CartDeliveryController {
  constructor(
    private readonly transactions: Transactions,
    private readonly listDelivery: ListDelivery,
  ) {}

  @Get()
  @Operation({
    id: 'listCartDelivery',
    summary: 'How the cart can be delivered to a country, and what that costs',
    description: 'An empty list where the shop does not deliver there.',
    responses: { 200: CartDelivery },
    errors: ['cart_not_found'],
    access: CartAccess,
  })
  async list(
    @Param({ schema: CartParams }) { cartId }: CartParams,
    @Query({ schema: DeliveryQuery }) { country }: DeliveryQuery,
    @Caller() caller: Caller,
  ): Promise<HttpResult> {
    const offers = await this.transactions.read((db) => this.listDelivery.run(db, cartId, caller, country));
    return HttpResult.ok({ data: offers ?? [], required: offers !== undefined });
  }
}
