import { Controller, Get, Param, Query } from '@nestjs/common';
import { Transactions } from '#database';
import { HttpResult, Operation, page } from '#http';
import { StockQueries } from './stock-queries.js';
import {
  MovementPage,
  movementView,
  ReservationPage,
  reservationView,
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
  @Operation({ id: 'listStock', summary: 'Stock levels, by SKU', responses: { 200: StockPage }, scope: 'stock:read' })
  async list(@Query({ schema: StockQuery }) query: StockQuery): Promise<HttpResult> {
    const levels = await this.transactions.read((db) => this.stock.levels(db, query));
    const { data, nextCursor } = page(levels, query.limit, ({ sku }) => sku);
    return HttpResult.ok({ data: data.map(stockView), nextCursor });
  }

  @Get(':sku')
  @Operation({
    id: 'getStock',
    summary: 'One stock level',
    responses: { 200: StockView },
    errors: [StockNotFound.problem],
    scope: 'stock:read',
  })
  async read(@Param({ schema: StockParams }) { sku }: StockParams): Promise<HttpResult> {
    const level = await this.transactions.read((db) => this.stock.level(db, sku));
    return HttpResult.ok(stockView(level), { etag: level.version });
  }

  @Get(':sku/movements')
  @Operation({
    id: 'listStockMovements',
    summary: 'The ledger of a stock level, the latest movement first',
    responses: { 200: MovementPage },
    errors: [StockNotFound.problem],
    scope: 'stock:read',
  })
  async movements(
    @Param({ schema: StockParams }) { sku }: StockParams,
    @Query({ schema: StockQuery }) query: StockQuery,
  ): Promise<HttpResult> {
    const movements = await this.transactions.read((db) => this.stock.movements(db, sku, query));
    const { data, nextCursor } = page(movements, query.limit, ({ id }) => id);
    return HttpResult.ok({ data: data.map(movementView), nextCursor });
  }

  @Get(':sku/reservations')
  @Operation({
    id: 'listStockReservations',
    summary: 'Orders that hold units of the SKU, the earliest first',
    responses: { 200: ReservationPage },
    errors: [StockNotFound.problem],
    scope: 'stock:read',
  })
  async reservations(
    @Param({ schema: StockParams }) { sku }: StockParams,
    @Query({ schema: StockQuery }) query: StockQuery,
  ): Promise<HttpResult> {
    const reservations = await this.transactions.read((db) => this.stock.reservations(db, sku, query));
    const { data, nextCursor } = page(reservations, query.limit, ({ orderId }) => orderId);
    return HttpResult.ok({ data: data.map(reservationView), nextCursor });
  }
}
