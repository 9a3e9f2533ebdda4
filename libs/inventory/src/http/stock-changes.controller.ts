import { Body, Controller, Param, Post, Put } from '@nestjs/common';
import { Commands, HttpResult, RequestContext, Operation } from '#http';
import { AdjustStock } from '../use-cases/adjust-stock.js';
import { ORDERS_NAMED_MAX } from '../persistence/stock-ledger.js';
import { CountStock } from '../use-cases/count-stock.js';
import { SetStockPolicy } from '../use-cases/set-stock-policy.js';
import { TransferStock } from '../use-cases/transfer-stock.js';
import {
  AdjustmentBody,
  AdjustmentView,
  CountBody,
  CountView,
  movementView,
  PolicyBody,
  StockParams,
  StockView,
  stockView,
  TransferBody,
  TransferView,
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
    private readonly transferStock: TransferStock,
    private readonly setPolicy: SetStockPolicy,
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

  @Post(':sku/transfers')
  @Operation({
    id: 'transferStock',
    summary: 'Carry units to another location',
    description: 'Writes two movements with one reference. Only units that no order holds can be carried.',
    responses: { 201: TransferView },
    errors: [StockNotFound.problem, LocationNotFound.problem, BelowReserved.problem, StockLimitExceeded.problem],
    idempotencyKey: 'required',
    scope: 'stock:write',
  })
  transfer(
    @Param({ schema: StockParams }) { sku }: StockParams,
    @Body({ schema: TransferBody }) body: TransferBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    const transfer = { ...body, sku, actor: caller.actor };
    return this.commands.run(this.transferStock, transfer, {
      key,
      respond: ({ reference, from, to }) =>
        HttpResult.created(
          { reference, from: stockView(from), to: stockView(to) },
          { location: `/v1/admin/stock/${encodeURIComponent(sku)}/movements?reference=${reference}` },
        ),
    });
  }

  @Put(':sku/policy')
  @Operation({
    id: 'setStockPolicy',
    summary: 'Safety stock, backorders and the low-stock line of a level',
    description: 'Refused where orders hold more than could then be owed.',
    responses: { 200: StockView },
    errors: [StockNotFound.problem, LocationNotFound.problem, BelowReserved.problem],
    ifMatch: 'optional',
    scope: 'stock:write',
  })
  policy(
    @Param({ schema: StockParams }) { sku }: StockParams,
    @Body({ schema: PolicyBody }) body: PolicyBody,
    @RequestContext() { caller, expected }: RequestContext,
  ): Promise<HttpResult> {
    const policy = { ...body, sku, actor: caller.actor, expected };
    return this.commands.run(this.setPolicy, policy, {
      respond: (level) => HttpResult.ok(stockView(level), { etag: level.version }),
    });
  }
}
