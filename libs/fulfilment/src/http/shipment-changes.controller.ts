import { Body, Controller, Param, Post, Put } from '@nestjs/common';
import { Commands, HttpResult, Operation, RequestContext } from '#http';
import { InvalidTransition } from '../domain/fulfilment.errors.js';
import { CorrectTracking } from '../use-cases/correct-tracking.js';
import { DeliverShipment } from '../use-cases/deliver-shipment.js';
import { ShipmentParams, StaffShipmentView, TrackingBody } from './fulfilment.schemas.js';
import { staffShipmentView } from './fulfilment.views.js';

@Controller('v1/admin/shipments')
export class ShipmentChangesController {
  constructor(
    private readonly commands: Commands,
    private readonly deliverShipment: DeliverShipment,
    private readonly correctTracking: CorrectTracking,
  ) {}

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
