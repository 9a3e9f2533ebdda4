import { Controller, Get, Param, Query } from '@nestjs/common';
import { Transactions } from '#database';
import { HttpResult, Caller, Operation, page } from '#http';
import { ListOrders } from '../use-cases/list-orders.js';
import { ReadOrder } from '../use-cases/read-order.js';
import { ReadTimeline } from '../use-cases/read-timeline.js';
import { OrderAccess } from './order-access.js';
import { OrderCursor, OrderPage, OrderParams, OrderView, TimelineCursor, TimelinePage } from './order.schemas.js';
import { orderEventView, orderView } from './order.view.js';

const READ = { access: OrderAccess, staffScope: 'orders:read' } as const;

@Controller('v1/orders')
export class OrderController {
  constructor(
    private readonly transactions: Transactions,
    private readonly readOrder: ReadOrder,
    private readonly listOrders: ListOrders,
    private readonly readTimeline: ReadTimeline,
  ) {}

  @Get()
  @Operation({
    id: 'listOrders',
    summary: 'List my orders, the newest first',
    description: 'Those of the customer; for staff all orders.',
    responses: { 200: OrderPage },
    customer: true,
    staffScope: 'orders:read',
  })
  async list(@Query({ schema: OrderCursor }) query: OrderCursor, @Caller() caller: Caller): Promise<HttpResult> {
    const { limit, cursor: after } = query;
    const customerId = caller.anyBuyer === true ? undefined : caller.customerId;
    const orders = await this.transactions.read((db) =>
      this.listOrders.run(db, { customerId, after, count: limit + 1 }),
    );
    return HttpResult.ok(page(orders.map(orderView), limit, (order) => order.id));
  }

  @Get(':orderId')
  @Operation({
    id: 'getOrder',
    summary: 'Read an order',
    responses: { 200: OrderView },
    errors: ['order_not_found'],
    ...READ,
  })
  async read(@Param({ schema: OrderParams }) params: OrderParams, @Caller() caller: Caller): Promise<HttpResult> {
    const order = await this.transactions.read((db) => this.readOrder.run(db, params.orderId, caller));
    return HttpResult.ok(orderView(order), { etag: order.version });
  }

  @Get(':orderId/timeline')
  @Operation({
    id: 'getOrderTimeline',
    summary: 'Everything that happened to an order',
    responses: { 200: TimelinePage },
    errors: ['order_not_found'],
    ...READ,
  })
  async timeline(
    @Param({ schema: OrderParams }) params: OrderParams,
    @Query({ schema: TimelineCursor }) { limit, cursor: afterSequence = 0 }: TimelineCursor,
    @Caller() caller: Caller,
  ): Promise<HttpResult> {
    const part = { orderId: params.orderId, afterSequence, count: limit + 1 };
    const events = await this.transactions.read((db) => this.readTimeline.run(db, part, caller));
    return HttpResult.ok(page(events.map(orderEventView), limit, ({ seq }) => String(seq)));
  }
}
