import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { orderNotPayable } from '#contracts';
import { HttpResult, Caller, Commands, RequestContext, Operation, ValidationFailed } from '#http';
import { PaymentProviders } from '../providers/payment-providers.js';
import { PayOrder } from '../use-cases/pay-order.js';
import { ReadPayment } from '../use-cases/read-payment.js';
import { PaidOrderAccess } from './order-access.js';
import { OrderParams, PaymentParams, PaymentsView, paymentView, PaymentView, PayOrderBody } from './payment.schemas.js';
import {
  PaymentAttemptsExhausted,
  PaymentDeclinedByProvider,
  PaymentProviderUnavailable,
} from '../domain/payment.errors.js';

@Controller('v1/orders/:orderId/payments')
export class PaymentController {
  constructor(
    private readonly commands: Commands,
    private readonly payOrder: PayOrder,
    private readonly providers: PaymentProviders,
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
    const { returnUrl, method } = body;
    this.refuseUnusable(method.token);
    const { orderId } = params;
    const request = { orderId, token: method.token, returnUrl, payer: { ...caller, expected } };
    return this.commands.run(this.payOrder, request, {
      key,
      respond: (attempt) => {
        const location = `/v1/orders/${attempt.orderId}/payments/${attempt.id}`;
        return HttpResult.created(paymentView(attempt), { location });
      },
    });
  }

  /** Only the provider knows which tokens it takes, so this is no part of the schema. */
  private refuseUnusable(token: string): void {
    const detail = this.providers.forNewAttempts.refusalOf(token);
    if (detail === undefined) return;
    throw new ValidationFailed([{ pointer: '/method/token', code: 'unusable_token', detail }]);
  }

  @Get()
  @Operation({
    id: 'listPaymentsOfOrder',
    summary: 'All payment attempts of an order, the first one first',
    responses: { 200: PaymentsView },
    errors: ['order_not_found'],
    access: PaidOrderAccess,
    staffScope: 'orders:read',
  })
  async list(@Param({ schema: OrderParams }) { orderId }: OrderParams, @Caller() caller: Caller): Promise<HttpResult> {
    const attempts = await this.readPayment.all(orderId, caller);
    return HttpResult.ok({ data: attempts.map(paymentView) });
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
    const { orderId, paymentId } = params;
    return HttpResult.ok(paymentView(await this.readPayment.run(orderId, paymentId, caller)));
  }
}
