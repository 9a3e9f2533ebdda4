import { Body, Controller, Param, Post, Put } from '@nestjs/common';
import { Commands, HttpResult, Operation, RequestContext } from '#http';
import { BelowReserved, LocationNotFound, StockLimitExceeded, StockNotFound } from '../domain/inventory.errors.js';
import { SetStockPolicy } from '../use-cases/set-stock-policy.js';
import { TransferStock } from '../use-cases/transfer-stock.js';
import { PolicyBody, StockParams, StockView, stockView, TransferBody, TransferView } from './stock.schemas.js';

@Controller('v1/admin/stock')
export class StockPlacesController {
  constructor(
    private readonly commands: Commands,
    private readonly transferStock: TransferStock,
    private readonly setPolicy: SetStockPolicy,
  ) {}

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
          { reference, levels: [stockView(from), stockView(to)] },
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
