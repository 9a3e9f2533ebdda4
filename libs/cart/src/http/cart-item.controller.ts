import { Body, Controller, Delete, Param, Post, Put } from '@nestjs/common';
import type { Tx } from '#database';
import { HttpResult, IdempotentRequests, RequestContext, Operation, type IdempotencyKey } from '#http';
import { Locked, type LockOptions } from '#locking';
import { CartAlreadyOrdered, CartLocked, ProductNotFound, QuantityLimit } from '../domain/cart.errors.js';
import { ChangeItem } from '../use-cases/change-item.js';
import { RemoveItem } from '../use-cases/remove-item.js';
import { CartAccess } from './cart-access.js';
import { cartIdOf } from './cart-id.js';
import { CartItemParams, CartParams, cartView, NewItem, SetQuantity, type CartView } from './cart.schemas.js';

const CHANGE_ERRORS = ['cart_not_found', CartAlreadyOrdered.problem, 'cart_locked'] as const;
const ITEM_ERRORS = [...CHANGE_ERRORS, ProductNotFound.problem, QuantityLimit.problem] as const;

/**
 * One change of a cart at a time, over all processes. It spares the database the queue of waiting rows; that no change is lost is the
 * guarded write's doing (`lockCart`), so without the lock service the work goes on.
 */
const CART_LOCK: LockOptions = {
  ttlMs: 5_000,
  waitMs: 5_000,
  onUnavailable: 'database',
  onTimeout: () => new CartLocked(),
};
const keyOf = (params: CartParams): string => `cart:${cartIdOf(params)}`;

@Controller('v1/carts/:cartId/items')
export class CartItemController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly changeItem: ChangeItem,
    private readonly removeItem: RemoveItem,
  ) {}

  @Post()
  @Operation({
    id: 'addCartItem',
    summary: 'Add units of a product to what is there',
    responses: { 200: cartView },
    errors: ITEM_ERRORS,
    idempotencyKey: 'optional',
    ifMatch: 'optional',
    access: CartAccess,
  })
  @Locked(keyOf, CART_LOCK)
  add(
    @Param({ schema: CartParams }) params: CartParams,
    @Body({ schema: NewItem }) body: NewItem,
    @RequestContext() { caller: buyer, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    const cartId = cartIdOf(params);
    return this.change(key, (tx) => this.changeItem.run(tx, { cartId, buyer, expected, ...body, how: 'add' }));
  }

  @Put(':sku')
  @Operation({
    id: 'setCartItem',
    summary: 'Set the units of a product',
    responses: { 200: cartView },
    errors: ITEM_ERRORS,
    ifMatch: 'optional',
    access: CartAccess,
  })
  @Locked(keyOf, CART_LOCK)
  set(
    @Param({ schema: CartItemParams }) params: CartItemParams,
    @Body({ schema: SetQuantity }) body: SetQuantity,
    @RequestContext() { caller: buyer, expected }: RequestContext,
  ): Promise<HttpResult> {
    const cartId = cartIdOf(params);
    return this.change(undefined, (tx) =>
      this.changeItem.run(tx, { cartId, buyer, expected, sku: params.sku, ...body, how: 'set' }),
    );
  }

  @Delete(':sku')
  @Operation({
    id: 'removeCartItem',
    summary: 'Remove a product; one that is not there counts as removed',
    responses: { 200: cartView },
    errors: CHANGE_ERRORS,
    ifMatch: 'optional',
    access: CartAccess,
  })
  @Locked(keyOf, CART_LOCK)
  remove(
    @Param({ schema: CartItemParams }) params: CartItemParams,
    @RequestContext() { caller: buyer, expected }: RequestContext,
  ): Promise<HttpResult> {
    const cartId = cartIdOf(params);
    return this.change(undefined, (tx) => this.removeItem.run(tx, { cartId, buyer, expected, sku: params.sku }));
  }

  private change(key: IdempotencyKey | undefined, work: (tx: Tx) => Promise<CartView>): Promise<HttpResult> {
    return this.requests.run(key, async (tx) => {
      const cart = await work(tx);
      return HttpResult.ok(cart, { etag: cart.version });
    });
  }
}
