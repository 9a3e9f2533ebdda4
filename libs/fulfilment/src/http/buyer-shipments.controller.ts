import { Controller, Get, Param, Query } from '@nestjs/common';
import { Caller, HttpResult, Operation, page } from '#http';
import { ListShipments } from '../use-cases/list-shipments.js';
import * as schemas from './fulfilment.schemas.js';
import { shipmentView } from './fulfilment.views.js';
import { FulfilledOrderAccess } from './order-access.js';

const READ = { access: FulfilledOrderAccess, staffScope: 'orders:read', errors: ['order_not_found'] } as const;

@Controller('v1/orders/:orderId/shipments')
export class BuyerShipmentsController {
  constructor(private readonly listShipments: ListShipments) {}

  @Get()
  @Operation({
    id: 'listShipmentsOfOrder',
    summary: 'What has left of an order, the newest first',
    responses: { 200: schemas.ShipmentPage },
    ...READ,
  })
  async list(
    @Param({ schema: schemas.OrderParams }) { orderId }: schemas.OrderParams,
    @Query({ schema: schemas.ShipmentCursor }) { limit, cursor: after }: schemas.ShipmentCursor,
    @Caller() caller: Caller,
  ): Promise<HttpResult> {
    const shipments = await this.listShipments.ofOrder({ orderId, after, count: limit + 1 }, caller);
    return HttpResult.ok(page(shipments.map(shipmentView), limit, ({ id }) => id));
  }
}
