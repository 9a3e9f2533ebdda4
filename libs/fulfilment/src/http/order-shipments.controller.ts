import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { Caller, Commands, HttpResult, Operation, page, RequestContext } from '#http';
import { InvalidTransition, OverShipment, SkuNotOrdered } from '../domain/fulfilment.errors.js';
import { ListShipments } from '../use-cases/list-shipments.js';
import { ShipOrder } from '../use-cases/ship-order.js';
import { OrderParams, ShipBody, ShipmentCursor, StaffShipmentPage, StaffShipmentView } from './fulfilment.schemas.js';
import { staffShipmentView } from './fulfilment.views.js';

@Controller('v1/admin/orders/:orderId/shipments')
export class OrderShipmentsController {
  constructor(
    private readonly commands: Commands,
    private readonly shipOrder: ShipOrder,
    private readonly listShipments: ListShipments,
  ) {}

  @Post()
  @Operation({
    id: 'shipOrder',
    summary: 'Ship goods of an order',
    description:
      'In parts or as a whole. The order moves at once; its stock is consumed, and money that is only promised is captured, a moment later. ' +
      'If-Match is the ETag of the order.',
    responses: { 201: StaffShipmentView },
    errors: [
      'order_not_found',
      InvalidTransition.problem,
      OverShipment.problem,
      'already_shipped',
      SkuNotOrdered.problem,
    ],
    idempotencyKey: 'required',
    ifMatch: 'optional',
    scope: 'orders:write',
  })
  ship(
    @Param({ schema: OrderParams }) { orderId }: OrderParams,
    @Body({ schema: ShipBody }) body: ShipBody,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    const { items, location, tracking } = body;
    const request = { orderId, items, location, tracking, expected, actor: caller.actor };
    return this.commands.run(this.shipOrder, request, {
      key,
      respond: (shipment) =>
        HttpResult.created(staffShipmentView(shipment), { location: `/v1/admin/shipments/${shipment.id}` }),
    });
  }

  @Get()
  @Operation({
    id: 'listShipmentsOfOrderForStaff',
    summary: 'The shipments of an order, the newest first',
    responses: { 200: StaffShipmentPage },
    errors: ['order_not_found'],
    scope: 'orders:read',
  })
  async list(
    @Param({ schema: OrderParams }) { orderId }: OrderParams,
    @Query({ schema: ShipmentCursor }) { limit, cursor: after }: ShipmentCursor,
    @Caller() caller: Caller,
  ): Promise<HttpResult> {
    const shipments = await this.listShipments.ofOrder(
      { orderId, after, count: limit + 1 },
      {
        ...caller,
        anyBuyer: true,
      },
    );
    return HttpResult.ok(page(shipments.map(staffShipmentView), limit, ({ id }) => id));
  }
}
