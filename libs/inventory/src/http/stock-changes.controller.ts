import { Body, Controller, Param, Post, Put } from '@nestjs/common';
import { Commands, HttpResult, RequestContext, Operation } from '#http';
import { AdjustStock } from '../use-cases/adjust-stock.js';
import { ORDERS_NAMED_MAX } from '../persistence/stock-ledger.js';
import { CountStock } from '../use-cases/count-stock.js';
import {
  AdjustmentBody,
  AdjustmentView,
  CountBody,
  CountView,
  movementView,
  StockParams,
  stockView,
} from './stock.schemas.js';
import {
  BelowReserved,
  CountAwaitsPayments,
  LocationNotFound,
  StockLimitExceeded,
  StockNotFound,
} from '../domain/inventory.errors.js';

@Controller('v1/admin/stock')
export class StockChangesController {
  constructor(
    private readonly commands: Commands,
    private readonly adjustStock: AdjustStock,
    private readonly countStock: CountStock,
  ) {}

  @Post(':sku/adjustments')
  @Operation({
    id: 'adjustStock',
    summary: 'Units came or went',
    description:
      'Writes a movement. Refused where orders hold what would go: the answer names the orders that would go short.',
    responses: { 201: AdjustmentView },
    errors: [StockNotFound.problem, LocationNotFound.problem, BelowReserved.problem, StockLimitExceeded.problem],
    idempotencyKey: 'required',
    ifMatch: 'optional',
    scope: 'stock:write',
  })
  adjust(
    @Param({ schema: StockParams }) { sku }: StockParams,
    @Body({ schema: AdjustmentBody }) body: AdjustmentBody,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    const adjustment = { ...body, sku, actor: caller.actor, expected };
    return this.commands.run(this.adjustStock, adjustment, {
      key,
      respond: ({ movement, level }) =>
        HttpResult.created(
          { ...movementView(movement), level: stockView(level) },
          { location: `/v1/admin/stock/${encodeURIComponent(sku)}/movements`, etag: level.version },
        ),
    });
  }

  @Put(':sku')
  @Operation({
    id: 'countStock',
    summary: 'A physical count',
    description:
      'Sets the units on hand, those that orders hold included, and writes the difference as a movement. If-Match names the ETag that ' +
      'the count began with, and a change meanwhile refuses it. Fewer units than orders hold are refused, or with acceptShortage taken ' +
      'from the orders that come last: paid ones are served first, then whoever came first. Each of these is put on hold.',
    responses: { 200: CountView },
    errors: [StockNotFound.problem, LocationNotFound.problem, BelowReserved.problem, CountAwaitsPayments.problem],
    ifMatch: 'required',
    scope: 'stock:write',
  })
  count(
    @Param({ schema: StockParams }) { sku }: StockParams,
    @Body({ schema: CountBody }) body: CountBody,
    @RequestContext() { caller, expected }: RequestContext,
  ): Promise<HttpResult> {
    const counted = { ...body, sku, actor: caller.actor, expected };
    return this.commands.run(this.countStock, counted, {
      respond: ({ level, shorted }) =>
        HttpResult.ok(
          {
            ...stockView(level),
            shortedOrders: shorted.slice(0, ORDERS_NAMED_MAX).map(({ orderId, quantity }) => ({ orderId, quantity })),
            shortedOrdersTotal: shorted.length,
          },
          { etag: level.version },
        ),
    });
  }
}
