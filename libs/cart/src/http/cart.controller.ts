import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { Transactions } from '#database';
import { HttpResult, Caller, Commands, RequestContext, Operation } from '#http';
import { CreateCart } from '../use-cases/create-cart.js';
import { ReadCart } from '../use-cases/read-cart.js';
import { CartAccess } from './cart-access.js';
import { CartParams, CartQuery, CartView, NewCart, NewCartView } from './cart.schemas.js';
import { cartView, newCartView } from './cart.view.js';
import { assertMayBeTold, creationKeyOf } from './creation-key.js';
import { ProductNotFound, QuantityLimit } from '../domain/cart.errors.js';

@Controller('v1/carts')
export class CartController {
  constructor(
    private readonly createCart: CreateCart,
    private readonly readCart: ReadCart,
    private readonly commands: Commands,
    private readonly transactions: Transactions,
  ) {}

  @Post()
  @Operation({
    id: 'createCart',
    summary: 'Start a cart',
    description:
      'The answer shows the cart’s token once. A repetition with the same Idempotency-Key gets the same answer; a guest must show the token with it, as Cart-Token. A guest whose first answer was lost starts another cart with a new key.',
    responses: { 201: NewCartView },
    errors: [ProductNotFound.problem, QuantityLimit.problem, 'secret_not_replayable'],
    idempotencyKey: 'optional',
  })
  async create(
    @Body({ schema: NewCart }) body: NewCart,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    const request = { ...body, customerId: caller.customerId };
    const answer = await this.commands.run(this.createCart, request, {
      key: creationKeyOf(caller, key),
      respond: (created) => {
        const { id, version } = created.cart;
        return HttpResult.created(newCartView(created), { location: `/v1/carts/${id}`, etag: version });
      },
    });
    assertMayBeTold(answer, caller);
    return answer;
  }

  @Get(':cartId')
  @Operation({
    id: 'getCart',
    summary: 'Read a cart with today’s names, prices and stock, and what it would cost delivered to a country',
    responses: { 200: CartView },
    errors: ['cart_not_found'],
    access: CartAccess,
  })
  async read(
    @Param({ schema: CartParams }) params: CartParams,
    @Query({ schema: CartQuery }) destination: CartQuery,
    @Caller() caller: Caller,
  ): Promise<HttpResult> {
    const priced = await this.transactions.read((db) => this.readCart.run(db, params.cartId, caller, destination));
    return HttpResult.ok(cartView(priced), { etag: priced.cart.version });
  }
}
