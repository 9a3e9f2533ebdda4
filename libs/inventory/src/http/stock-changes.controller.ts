import { Body, Controller, Param, Post, Put } from '@nestjs/common';
import { stockLockKey } from '#contracts';
import { HttpResult, IdempotentRequests, RequestContext, Operation } from '#http';
import { Locked } from '#locking';
import { AdjustStock } from '../use-cases/adjust-stock.js';
import { CountStock } from '../use-cases/count-stock.js';
import {
  AdjustmentBody,
  AdjustmentView,
  CountBody,
  movementView,
  StockParams,
  StockView,
  stockView,
} from './stock.schemas.js';
import { BelowReserved, StockLimitExceeded, StockNotFound } from '../domain/inventory.errors.js';

/** Keeps staff out of the way of the checkouts of the same SKU. Without the lock the level's row lock alone does it. */
const STOCK_LOCK = { ttlMs: 5_000, waitMs: 1_000, onUnavailable: 'database', onTimeout: 'database' } as const;
const keyOf = ({ sku }: StockParams): string => stockLockKey(sku);

@Controller('v1/admin/stock')
export class StockChangesController {
  constructor(
    private readonly requests: IdempotentRequests,
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
    errors: [StockNotFound.problem, BelowReserved.problem, StockLimitExceeded.problem],
    idempotencyKey: 'required',
    ifMatch: 'optional',
    scope: 'stock:write',
  })
  @Locked(keyOf, STOCK_LOCK)
  adjust(
    @Param({ schema: StockParams }) { sku }: StockParams,
    @Body({ schema: AdjustmentBody }) body: AdjustmentBody,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    return this.requests.run(key, async (tx) => {
      const adjustment = { ...body, sku, actor: caller.actor, expected };
      const { movement, level } = await this.adjustStock.run(tx, adjustment);
      const view = { ...movementView(movement), level: stockView(level) };
      return HttpResult.created(view, {
        location: `/v1/admin/stock/${encodeURIComponent(sku)}/movements`,
        etag: level.version,
      });
    });
  }

  @Put(':sku')
  @Operation({
    id: 'countStock',
    summary: 'A physical count',
    description:
      'Sets the units on hand, those that orders hold included, and writes the difference as a movement. If-Match names the ETag that ' +
      'the count began with, and a change meanwhile refuses it.',
    responses: { 200: StockView },
    errors: [StockNotFound.problem, BelowReserved.problem],
    ifMatch: 'required',
    scope: 'stock:write',
  })
  @Locked(keyOf, STOCK_LOCK)
  count(
    @Param({ schema: StockParams }) { sku }: StockParams,
    @Body({ schema: CountBody }) body: CountBody,
    @RequestContext() { caller, expected }: RequestContext,
  ): Promise<HttpResult> {
    return this.requests.run(undefined, async (tx) => {
      const counted = { ...body, sku, actor: caller.actor, expected };
      const level = await this.countStock.run(tx, counted);
      return HttpResult.ok(stockView(level), { etag: level.version });
    });
  }
}
