import { Controller, Get, Param, Query } from '@nestjs/common';
import { OrderPayments } from '#contracts';
import { Transactions } from '#database';
import { Caller, HttpResult, Operation, page } from '#http';
import { listPayments, paymentsOfOrder } from '../persistence/list-payments.js';
import { OrderParams } from './payment.schemas.js';
import * as schemas from './staff-payment.schemas.js';

@Controller('v1/admin')
export class StaffPaymentController {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: OrderPayments,
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
}
