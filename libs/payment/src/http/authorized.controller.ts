import { Controller, Param, Post } from '@nestjs/common';
import { Commands, HttpResult, Operation, RequestContext } from '#http';
import { PaymentNotAuthorized } from '../domain/payment.errors.js';
import type { PaymentAction } from '../persistence/request-action.js';
import { DecideAuthorized } from '../use-cases/decide-authorized.js';
import { PaymentParams } from './payment.schemas.js';
import { StaffPaymentView, staffPaymentView } from './staff-payment.schemas.js';

const DECISION = {
  responses: { 202: StaffPaymentView },
  errors: ['order_not_found', 'payment_not_found', PaymentNotAuthorized.problem],
  idempotencyKey: 'required',
  scope: 'payments:write',
} as const;

@Controller('v1/admin/orders/:orderId/payments/:paymentId')
export class AuthorizedController {
  constructor(
    private readonly commands: Commands,
    private readonly decideAuthorized: DecideAuthorized,
  ) {}

  @Post('capture')
  @Operation({ id: 'capturePayment', summary: 'Take money that is promised (`PAYMENT_CAPTURE=manual`)', ...DECISION })
  capture(
    @Param({ schema: PaymentParams }) params: PaymentParams,
    @RequestContext() context: RequestContext,
  ): Promise<HttpResult> {
    return this.decide(params, 'capture', context);
  }

  @Post('void')
  @Operation({
    id: 'voidPayment',
    summary: 'Give up money that is promised',
    description: 'The order that it confirmed is cancelled, and its stock is free again.',
    ...DECISION,
  })
  void(
    @Param({ schema: PaymentParams }) params: PaymentParams,
    @RequestContext() context: RequestContext,
  ): Promise<HttpResult> {
    return this.decide(params, 'void', context);
  }

  private decide(params: PaymentParams, action: PaymentAction, { caller, key }: RequestContext): Promise<HttpResult> {
    return this.commands.run(
      this.decideAuthorized,
      { ...params, action, staff: caller },
      {
        key,
        respond: (attempt) => HttpResult.of(202, staffPaymentView(attempt)),
      },
    );
  }
}
