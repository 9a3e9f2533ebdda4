import { Body, Controller, Delete, Param, Post, Put } from '@nestjs/common';
import { Commands, HttpResult, RequestContext, Operation } from '#http';
import { CartAlreadyOrdered, ProductNotFound, QuantityLimit } from '../domain/cart.errors.js';
import { ChangeItem } from '../use-cases/change-item.js';
import type { PricedCart } from '../use-cases/price-cart.js';
import { RemoveItem } from '../use-cases/remove-item.js';
import { CartAccess } from './cart-access.js';
import { CartItemParams, CartParams, CartView, NewItem, SetQuantity } from './cart.schemas.js';
import { cartView } from './cart.view.js';

const CHANGE_ERRORS = ['cart_not_found', CartAlreadyOrdered.problem, 'cart_locked'] as const;
const ITEM_ERRORS = [...CHANGE_ERRORS, ProductNotFound.problem, QuantityLimit.problem] as const;

const shown = (priced: PricedCart): HttpResult => HttpResult.ok(cartView(priced), { etag: priced.cart.version });

@Controller('v1/carts/:cartId/items')
export class CartItemController {
  constructor(
    private readonly commands: Commands,
    private readonly changeItem: ChangeItem,
    private readonly removeItem: RemoveItem,
  ) {}

  @Post()
  @Operation({
    id: 'addCartItem',
    summary: 'Add units of a product to what is there',
    responses: { 200: CartView },
    errors: ITEM_ERRORS,
    idempotencyKey: 'optional',
    ifMatch: 'optional',
    access: CartAccess,
  })
  add(
    @Param({ schema: CartParams }) params: CartParams,
    @Body({ schema: NewItem }) body: NewItem,
    @RequestContext() { caller: buyer, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    const write = { cartId: params.cartId, buyer, expected, ...body, how: 'add' } as const;
    return this.commands.run(this.changeItem, write, { key, respond: shown });
  }

  @Put(':sku')
  @Operation({
    id: 'setCartItem',
    summary: 'Set the units of a product',
    responses: { 200: CartView },
    errors: ITEM_ERRORS,
    ifMatch: 'optional',
    access: CartAccess,
  })
  set(
    @Param({ schema: CartItemParams }) params: CartItemParams,
    @Body({ schema: SetQuantity }) body: SetQuantity,
    @RequestContext() { caller: buyer, expected }: RequestContext,
  ): Promise<HttpResult> {
    const write = { cartId: params.cartId, buyer, expected, sku: params.sku, ...body, how: 'set' } as const;
    return this.commands.run(this.changeItem, write, { respond: shown });
  }

  @Delete(':sku')
  @Operation({
    id: 'removeCartItem',
    summary: 'Remove a product; one that is not there counts as removed',
    responses: { 200: CartView },
    errors: CHANGE_ERRORS,
    ifMatch: 'optional',
    access: CartAccess,
  })
  remove(
    @Param({ schema: CartItemParams }) params: CartItemParams,
    @RequestContext() { caller: buyer, expected }: RequestContext,
  ): Promise<HttpResult> {
    const removal = { cartId: params.cartId, buyer, expected, sku: params.sku };
    return this.commands.run(this.removeItem, removal, { respond: shown });
  }
}
