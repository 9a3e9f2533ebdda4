import { Controller, Get, Param, Query } from '@nestjs/common';
import { HttpResult, Operation, page } from '#http';
import { ListShipments } from '../use-cases/list-shipments.js';
import { ReadShipment } from '../use-cases/read-shipment.js';
import { ShipmentParams, ShipmentsQuery, StaffShipmentPage, StaffShipmentView } from './fulfilment.schemas.js';
import { staffShipmentView } from './fulfilment.views.js';

@Controller('v1/admin/shipments')
export class ShipmentsController {
  constructor(
    private readonly listShipments: ListShipments,
    private readonly readShipment: ReadShipment,
  ) {}

  @Get()
  @Operation({
    id: 'listShipments',
    summary: 'Shipments, the newest first',
    responses: { 200: StaffShipmentPage },
    scope: 'orders:read',
  })
  async list(@Query({ schema: ShipmentsQuery }) query: ShipmentsQuery): Promise<HttpResult> {
    const { limit, cursor: after, status, orderId } = query;
    const shipments = await this.listShipments.all({ orderId, status, after, count: limit + 1 });
    return HttpResult.ok(page(shipments.map(staffShipmentView), limit, ({ id }) => id));
  }

  @Get(':shipmentId')
  @Operation({
    id: 'getShipment',
    summary: 'Read a shipment',
    responses: { 200: StaffShipmentView },
    errors: ['shipment_not_found'],
    scope: 'orders:read',
  })
  async read(@Param({ schema: ShipmentParams }) { shipmentId }: ShipmentParams): Promise<HttpResult> {
    return HttpResult.ok(staffShipmentView(await this.readShipment.run(shipmentId)));
  }
}
