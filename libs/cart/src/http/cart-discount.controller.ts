import { Body, Controller, Delete, Param, Put } from '@nestjs/common';
import { cartAlreadyOrdered, discountExhausted, discountNotValid } from '#contracts';
import { Commands, HttpResult, Operation, RequestContext } from '#http';
import { ChangeDiscount } from '../use-cases/change-discount.js';
import type { PricedCart } from '../use-cases/price-cart.js';
import { CartAccess } from './cart-access.js';
import { CartDiscountBody, CartParams, CartView } from './cart.schemas.js';
import { cartView } from './cart.view.js';

const CHANGE_ERRORS = ['cart_not_found', cartAlreadyOrdered, 'cart_locked'] as const;

const shown = (priced: PricedCart): HttpResult => HttpResult.ok(cartView(priced), { etag: priced.cart.version });

@Controller('v1/carts/:cartId/discount')
export class CartDiscountController {
  constructor(
    private readonly commands: Commands,
    private readonly changeDiscount: ChangeDiscount,
  ) {}

  @Put()
  @Operation({
    id: 'setCartDiscount',
    summary: 'Put a discount code to the cart, instead of the one that it has',
    description: 'The use is taken when the cart is ordered. Case does not count.',
    responses: { 200: CartView },
    errors: [...CHANGE_ERRORS, discountNotValid, discountExhausted],
    ifMatch: 'optional',
    access: CartAccess,
  })
  set(
    @Param({ schema: CartParams }) { cartId }: CartParams,
    @Body({ schema: CartDiscountBody }) { code }: CartDiscountBody,
    @RequestContext() { caller: buyer, expected }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(this.changeDiscount, { cartId, buyer, expected, code }, { respond: shown });
  }

  @Delete()
  @Operation({
    id: 'removeCartDiscount',
    summary: 'Take the discount code away; one that is not there counts as removed',
    responses: { 200: CartView },
    errors: CHANGE_ERRORS,
    ifMatch: 'optional',
    access: CartAccess,
  })
  remove(
    @Param({ schema: CartParams }) { cartId }: CartParams,
    @RequestContext() { caller: buyer, expected }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(this.changeDiscount, { cartId, buyer, expected, code: null }, { respond: shown });
  }
}
