import { Body, Controller, Param, Post } from '@nestjs/common';
import { Commands, HttpResult, Operation, RequestContext } from '#http';
import { PaymentSettled } from '../domain/payment.errors.js';
import { CheckPayment } from '../use-cases/check-payment.js';
import { FailPayment } from '../use-cases/fail-payment.js';
import * as schemas from './staff-payment.schemas.js';

@Controller('v1/admin/payments/:paymentId')
export class PaymentDecisionsController {
  constructor(
    private readonly commands: Commands,
    private readonly checkPayment: CheckPayment,
    private readonly failPayment: FailPayment,
  ) {}

  @Post('check')
  @Operation({
    id: 'checkPayment',
    summary: 'Ask the provider now what became of a payment',
    responses: { 202: schemas.StaffPaymentView },
    errors: ['payment_not_found', PaymentSettled.problem],
    idempotencyKey: 'optional',
    scope: 'payments:write',
  })
  check(
    @Param({ schema: schemas.StaffPaymentParams }) { paymentId }: schemas.StaffPaymentParams,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.checkPayment,
      { paymentId, actor: caller.actor },
      {
        key,
        respond: (attempt) => HttpResult.of(202, schemas.staffPaymentView(attempt)),
      },
    );
  }

  @Post('fail')
  @Operation({
    id: 'failPayment',
    summary: 'Decide that a payment took nothing',
    description:
      'For a payment that waits for a person (`reviewSince`), once they have seen in the provider’s dashboard that nothing was taken. The ' +
      'order can be paid again. Should the money come all the same, it is recorded, and given back if it fits no order.',
    responses: { 200: schemas.StaffPaymentView },
    errors: ['payment_not_found', PaymentSettled.problem],
    idempotencyKey: 'required',
    scope: 'payments:write',
  })
  fail(
    @Param({ schema: schemas.StaffPaymentParams }) { paymentId }: schemas.StaffPaymentParams,
    @Body({ schema: schemas.ReasonBody }) { reason }: schemas.ReasonBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.failPayment,
      { paymentId, reason, actor: caller.actor },
      {
        key,
        respond: (attempt) => HttpResult.ok(schemas.staffPaymentView(attempt)),
      },
    );
  }
}
