import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { OrderPayments } from '#contracts';
import { Transactions } from '#database';
import { Caller, Commands, HttpResult, Operation, page, RequestContext } from '#http';
import { PaymentSettled } from '../domain/payment.errors.js';
import { listPayments, paymentsOfOrder } from '../persistence/list-payments.js';
import { CheckPayment } from '../use-cases/check-payment.js';
import { FailPayment } from '../use-cases/fail-payment.js';
import { OrderParams } from './payment.schemas.js';
import * as schemas from './staff-payment.schemas.js';

@Controller('v1/admin')
export class StaffPaymentController {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: OrderPayments,
    private readonly commands: Commands,
    private readonly checkPayment: CheckPayment,
    private readonly failPayment: FailPayment,
  ) {}

  @Get('orders/:orderId/payments')
  @Operation({
    id: 'listOrderPayments',
    summary: 'All payments of an order, with their refunds and disputes',
    responses: { 200: schemas.OrderPaymentsView },
    errors: ['order_not_found'],
    scope: 'orders:read',
  })
  async ofOrder(
    @Param({ schema: OrderParams }) { orderId }: OrderParams,
    @Caller() caller: Caller,
  ): Promise<HttpResult> {
    const payments = await this.transactions.read(async (db) => {
      await this.orders.assertAccess(db, orderId, { ...caller, anyBuyer: true });
      return paymentsOfOrder(db, orderId);
    });
    return HttpResult.ok(schemas.orderPaymentsView(payments));
  }

  @Get('payments')
  @Operation({
    id: 'listPayments',
    summary: 'Payments, the newest first',
    responses: { 200: schemas.StaffPaymentPage },
    scope: 'orders:read',
  })
  async list(
    @Query({ schema: schemas.PaymentsQuery }) { limit, cursor: after, status, review }: schemas.PaymentsQuery,
  ): Promise<HttpResult> {
    const slice = { status, review, after, count: limit + 1 };
    const payments = await this.transactions.read((db) => listPayments(db, slice));
    return HttpResult.ok(page(payments.map(schemas.staffPaymentView), limit, ({ id }) => id));
  }

  @Post('payments/:paymentId/check')
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

  @Post('payments/:paymentId/fail')
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
