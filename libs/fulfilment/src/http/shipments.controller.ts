import { Body, Controller, Get, Param, Post, Put, Query } from '@nestjs/common';
import { Commands, HttpResult, Operation, page, RequestContext } from '#http';
import { InvalidTransition } from '../domain/fulfilment.errors.js';
import { CorrectTracking } from '../use-cases/correct-tracking.js';
import { DeliverShipment } from '../use-cases/deliver-shipment.js';
import { ListShipments } from '../use-cases/list-shipments.js';
import { ReadShipment } from '../use-cases/read-shipment.js';
import {
  ShipmentParams,
  ShipmentsQuery,
  StaffShipmentPage,
  StaffShipmentView,
  TrackingBody,
} from './fulfilment.schemas.js';
import { staffShipmentView } from './fulfilment.views.js';

@Controller('v1/admin/shipments')
export class ShipmentsController {
  constructor(
    private readonly commands: Commands,
    private readonly listShipments: ListShipments,
    private readonly readShipment: ReadShipment,
    private readonly deliverShipment: DeliverShipment,
    private readonly correctTracking: CorrectTracking,
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

  @Put(':shipmentId/tracking')
  @Operation({
    id: 'trackShipment',
    summary: 'Say by whom a shipment travels, or correct it',
    responses: { 200: StaffShipmentView },
    errors: ['shipment_not_found'],
    scope: 'orders:write',
  })
  track(
    @Param({ schema: ShipmentParams }) { shipmentId }: ShipmentParams,
    @Body({ schema: TrackingBody }) tracking: TrackingBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.correctTracking,
      { shipmentId, tracking, actor: caller.actor },
      { key, respond: (shipment) => HttpResult.ok(staffShipmentView(shipment)) },
    );
  }

  @Post(':shipmentId/deliver')
  @Operation({
    id: 'deliverShipment',
    summary: 'Note that a shipment has arrived',
    description: 'Noted again, it changes nothing. The last one of an order makes the order `delivered`.',
    responses: { 200: StaffShipmentView },
    errors: ['shipment_not_found', 'order_not_found', InvalidTransition.problem],
    idempotencyKey: 'optional',
    scope: 'orders:write',
  })
  deliver(
    @Param({ schema: ShipmentParams }) { shipmentId }: ShipmentParams,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.deliverShipment,
      { shipmentId, actor: caller.actor },
      { key, respond: (shipment) => HttpResult.ok(staffShipmentView(shipment)) },
    );
  }
}
