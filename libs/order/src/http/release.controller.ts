import { Body, Controller, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Commands, HttpResult, Operation, RequestContext } from '#http';
import { InvalidTransition } from '../domain/order.errors.js';
import { AcceptShortPayment } from '../use-cases/accept-short-payment.js';
import { OrderParams, OrderView } from './order.schemas.js';
import { orderView } from './order.view.js';

const ReleaseBody = z
  .strictObject({ reason: z.string().min(1).max(200).meta({ example: 'the customer has paid the rest in cash' }) })
  .meta({ id: 'ReleaseOrder' });
type ReleaseBody = z.infer<typeof ReleaseBody>;

@Controller('v1/admin/orders/:orderId/release')
export class ReleaseController {
  constructor(
    private readonly commands: Commands,
    private readonly acceptShortPayment: AcceptShortPayment,
  ) {}

  @Post()
  @Operation({
    id: 'releaseOrder',
    summary: 'Let an order that is on hold go on',
    description:
      'An order that was paid less than its total is on hold until staff accept that here, cancel it, or `SHORT_PAYMENT_HOLD_SECONDS` are over ' +
      'and its money goes back.',
    responses: { 200: OrderView },
    errors: ['order_not_found', InvalidTransition.problem],
    idempotencyKey: 'optional',
    ifMatch: 'optional',
    scope: 'orders:write',
  })
  release(
    @Param({ schema: OrderParams }) { orderId }: OrderParams,
    @Body({ schema: ReleaseBody }) { reason }: ReleaseBody,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.acceptShortPayment,
      { orderId, reason, expected, staff: caller },
      {
        key,
        respond: (order) => HttpResult.ok(orderView(order), { etag: order.version }),
      },
    );
  }
}
