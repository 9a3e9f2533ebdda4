import { Controller, Get, Param, Query } from '@nestjs/common';
import { Transactions } from '#database';
import { HttpResult, Operation, page } from '#http';
import { StockQueries } from './stock-queries.js';
import {
  LevelQuery,
  MovementPage,
  MovementQuery,
  movementView,
  StockPage,
  StockParams,
  StockQuery,
  StockView,
  stockView,
} from './stock.schemas.js';
import { StockNotFound } from '../domain/inventory.errors.js';

@Controller('v1/admin/stock')
export class StockController {
  constructor(
    private readonly transactions: Transactions,
    private readonly stock: StockQueries,
  ) {}

  @Get()
  @Operation({
    id: 'listStock',
    summary: 'Stock by SKU: the levels of its locations and their sums',
    responses: { 200: StockPage },
    scope: 'stock:read',
  })
  async list(@Query({ schema: StockQuery }) query: StockQuery): Promise<HttpResult> {
    const levels = await this.transactions.read((db) => this.stock.stock(db, query));
    return HttpResult.ok(page(levels, query.limit, ({ sku }) => sku));
  }

  @Get(':sku')
  @Operation({
    id: 'getStock',
    summary: 'One stock level: a SKU at a location',
    responses: { 200: StockView },
    errors: [StockNotFound.problem],
    scope: 'stock:read',
  })
  async read(
    @Param({ schema: StockParams }) { sku }: StockParams,
    @Query({ schema: LevelQuery }) { location }: LevelQuery,
  ): Promise<HttpResult> {
    const level = await this.transactions.read((db) => this.stock.level(db, sku, location));
    return HttpResult.ok(stockView(level), { etag: level.version });
  }

  @Get(':sku/movements')
  @Operation({
    id: 'listStockMovements',
    summary: 'The ledger of a SKU, the latest movement first',
    responses: { 200: MovementPage },
    errors: [StockNotFound.problem],
    scope: 'stock:read',
  })
  async movements(
    @Param({ schema: StockParams }) { sku }: StockParams,
    @Query({ schema: MovementQuery }) query: MovementQuery,
  ): Promise<HttpResult> {
    const movements = await this.transactions.read((db) => this.stock.movements(db, sku, query));
    const { data, nextCursor } = page(movements, query.limit, ({ id }) => id);
    return HttpResult.ok({ data: data.map(movementView), nextCursor });
  }
}
