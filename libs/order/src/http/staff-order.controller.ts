import { Body, Controller, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Commands, HttpResult, Operation, RequestContext } from '#http';
import { InvalidTransition, LinesNotForSale } from '../domain/order.errors.js';
import type { Order } from '../persistence/order.entity.js';
import { CancelOrder } from '../use-cases/cancel-order.js';
import { HoldOrder } from '../use-cases/hold-order.js';
import { ReleaseOrder } from '../use-cases/release-order.js';
import { OrderParams, OrderView } from './order.schemas.js';
import { orderView } from './order.view.js';

const reason = (example: string) => z.strictObject({ reason: z.string().min(1).max(200).meta({ example }) });

const CancelBody = reason('the address does not exist').meta({ id: 'CancelOrderByStaff' });
const HoldBody = reason('the address looks wrong').meta({ id: 'HoldOrder' });
const ReleaseBody = reason('the customer has paid the rest in cash').meta({ id: 'ReleaseOrder' });
type Reason = z.infer<typeof ReleaseBody>;

const DECISION = {
  responses: { 200: OrderView },
  idempotencyKey: 'optional',
  ifMatch: 'optional',
  scope: 'orders:write',
} as const;

const shown = (order: Order) => HttpResult.ok(orderView(order), { etag: order.version });

@Controller('v1/admin/orders/:orderId')
export class StaffOrderController {
  constructor(
    private readonly commands: Commands,
    private readonly cancelOrder: CancelOrder,
    private readonly holdOrder: HoldOrder,
    private readonly releaseOrder: ReleaseOrder,
  ) {}

  @Post('cancel')
  @Operation({
    id: 'cancelOrderByStaff',
    summary: 'Give up an order of which nothing is with its buyer; its stock is free again and its money goes back',
    description:
      'An order with money is `cancelling` until that is given back, then `cancelled`. While its money is disputed, or goods are away, it is refused.',
    errors: ['order_not_found', InvalidTransition.problem],
    ...DECISION,
  })
  cancel(
    @Param({ schema: OrderParams }) { orderId }: OrderParams,
    @Body({ schema: CancelBody }) { reason: why }: Reason,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    const buyer = { ...caller, anyBuyer: true } as const;
    const cancellation = { orderId, buyer, actor: caller.actor, expected, reason: why };
    return this.commands.run(this.cancelOrder, cancellation, { key, respond: shown });
  }

  @Post('hold')
  @Operation({
    id: 'holdOrder',
    summary: 'Stop a confirmed order: nothing of it leaves until it is released or cancelled',
    errors: ['order_not_found', InvalidTransition.problem],
    ...DECISION,
  })
  hold(
    @Param({ schema: OrderParams }) { orderId }: OrderParams,
    @Body({ schema: HoldBody }) { reason: why }: Reason,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.holdOrder,
      { orderId, reason: why, expected, staff: caller },
      { key, respond: shown },
    );
  }

  @Post('release')
  @Operation({
    id: 'releaseOrder',
    summary: 'Let an order that is on hold go on',
    description:
      'An order that was paid less than its total is on hold until staff accept that here, cancel it, or `SHORT_PAYMENT_HOLD_SECONDS` are over ' +
      'and its money goes back. One whose goods were missing after a count goes on when they are there again.',
    errors: ['order_not_found', InvalidTransition.problem, LinesNotForSale.problem],
    ...DECISION,
  })
  release(
    @Param({ schema: OrderParams }) { orderId }: OrderParams,
    @Body({ schema: ReleaseBody }) { reason: why }: Reason,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.releaseOrder,
      { orderId, reason: why, expected, staff: caller },
      { key, respond: shown },
    );
  }
}
