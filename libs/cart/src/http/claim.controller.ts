import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { cartAlreadyOrdered } from '#contracts';
import { Commands, HttpResult, Operation, RequestContext } from '#http';
import { CartOfAnother } from '../domain/cart.errors.js';
import { ClaimCart } from '../use-cases/claim-cart.js';
import { CartAccess } from './cart-access.js';
import { CartParams, ClaimedCartView } from './cart.schemas.js';
import { claimedCartView } from './cart.view.js';

@Controller('v1/carts/:cartId/claim')
export class ClaimController {
  constructor(
    private readonly commands: Commands,
    private readonly claimCart: ClaimCart,
  ) {}

  @Post()
  @HttpCode(200)
  @Operation({
    id: 'claimCart',
    summary: 'Take over a guest’s cart as a customer',
    description:
      'Takes the bearer token of the customer and the Cart-Token of the cart, which opens nothing afterwards. What the customer had in ' +
      'a cart of the same currency is added, up to the limits, and that cart becomes `merged`.',
    responses: { 200: ClaimedCartView },
    errors: ['cart_not_found', cartAlreadyOrdered, 'cart_locked', CartOfAnother.problem],
    idempotencyKey: 'optional',
    ifMatch: 'optional',
    customer: true,
    access: CartAccess,
  })
  claim(
    @Param({ schema: CartParams }) { cartId }: CartParams,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    const { cartTokenHash, customerId = '' } = caller;
    const claim = { cartId, buyer: { cartTokenHash, customerId }, expected };
    return this.commands.run(this.claimCart, claim, {
      key,
      respond: (claimed) => HttpResult.ok(claimedCartView(claimed), { etag: claimed.cart.version }),
    });
  }
}
