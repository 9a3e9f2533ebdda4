import { Controller, Get, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Transactions } from '#database';
import { HttpResult, Operation, page } from '#http';
import type { Order } from '../persistence/order.entity.js';
import { ReadOrder } from '../use-cases/read-order.js';
import { SearchOrders } from '../use-cases/search-orders.js';
import { OrderParams } from './order.schemas.js';
import { orderView } from './order.view.js';
import { OrderSearchQuery, StaffOrderPage, StaffOrderView } from './staff-orders.schemas.js';

@Controller('v1/admin/orders')
export class StaffOrdersController {
  constructor(
    private readonly transactions: Transactions,
    private readonly searchOrders: SearchOrders,
    private readonly readOrder: ReadOrder,
  ) {}

  @Get()
  @Operation({
    id: 'searchOrders',
    summary: 'Search orders, the newest first',
    description: 'Those that all of the given filters are true of; without any, all orders.',
    responses: { 200: StaffOrderPage },
    scope: 'orders:read',
  })
  async search(@Query({ schema: OrderSearchQuery }) query: OrderSearchQuery): Promise<HttpResult> {
    const { limit, cursor: after, ...filter } = query;
    const orders = await this.transactions.read((db) =>
      this.searchOrders.run(db, { ...filter, after, count: limit + 1 }),
    );
    return HttpResult.ok(page(orders.map(staffOrderView), limit, ({ id }) => id));
  }

  @Get(':orderId')
  @Operation({
    id: 'getOrderAsStaff',
    summary: 'Read all of an order',
    responses: { 200: StaffOrderView },
    errors: ['order_not_found'],
    scope: 'orders:read',
  })
  async read(@Param({ schema: OrderParams }) { orderId }: OrderParams): Promise<HttpResult> {
    const order = await this.transactions.read((db) => this.readOrder.run(db, orderId, { anyBuyer: true }));
    return HttpResult.ok(staffOrderView(order), { etag: order.version });
  }
}

function staffOrderView(order: Order): z.input<typeof StaffOrderView> {
  const { customerId, paymentId, lastSequence } = order;
  return { ...orderView(order), customerId, paymentId, lastSeq: lastSequence };
}
