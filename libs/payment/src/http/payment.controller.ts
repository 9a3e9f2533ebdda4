import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { orderNotPayable } from '#contracts';
import { HttpResult, Caller, RequestContext, Operation } from '#http';
import { PayOrder } from '../use-cases/pay-order.js';
import { ReadPayment } from '../use-cases/read-payment.js';
import { PaidOrderAccess } from './order-access.js';
import { idOf, OrderParams, PaymentParams, paymentView, PaymentView, PayOrderBody } from './payment.schemas.js';
import {
  PaymentAttemptsExhausted,
  PaymentDeclinedByProvider,
  PaymentProviderUnavailable,
} from '../domain/payment.errors.js';

@Controller('v1/orders/:orderId/payments')
export class PaymentController {
  constructor(
    private readonly payOrder: PayOrder,
    private readonly readPayment: ReadPayment,
  ) {}

  @Post()
  @Operation({
    id: 'payOrder',
    summary: 'Pay an order',
    description:
      'One attempt to take what is due. A success confirms the order a moment later: read the order or follow its stream. After a ' +
      'refusal try again with another token and a new Idempotency-Key, for as long as the stock is held. If-Match is the ETag of the order.',
    responses: { 201: PaymentView },
    errors: [
      'order_not_found',
      PaymentDeclinedByProvider.problem,
      'already_paid',
      'payment_in_progress',
      PaymentAttemptsExhausted.problem,
      orderNotPayable,
      PaymentProviderUnavailable.problem,
      'lock_backend_unavailable',
      'lock_timeout',
    ],
    idempotencyKey: 'required',
    ifMatch: 'optional',
    access: PaidOrderAccess,
    staffScope: 'payments:write',
  })
  pay(
    @Param({ schema: OrderParams }) params: OrderParams,
    @Body({ schema: PayOrderBody }) body: PayOrderBody,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    const payer = { ...caller, expected };
    return this.payOrder.run({ orderId: idOf('order', params.orderId), token: body.method.token, payer, key });
  }

  @Get(':paymentId')
  @Operation({
    id: 'getPayment',
    summary: 'Read a payment attempt',
    responses: { 200: PaymentView },
    errors: ['order_not_found', 'payment_not_found'],
    access: PaidOrderAccess,
    staffScope: 'orders:read',
  })
  async read(@Param({ schema: PaymentParams }) params: PaymentParams, @Caller() caller: Caller): Promise<HttpResult> {
    const [orderId, paymentId] = [idOf('order', params.orderId), idOf('pay', params.paymentId)];
    return HttpResult.ok(paymentView(await this.readPayment.run(orderId, paymentId, caller)));
  }
}
