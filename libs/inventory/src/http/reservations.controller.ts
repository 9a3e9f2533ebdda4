import { Controller, Get, Param, Query } from '@nestjs/common';
import { Transactions } from '#database';
import { HttpResult, Operation, page } from '#http';
import { StockNotFound } from '../domain/inventory.errors.js';
import {
  anyOr,
  HoldersQuery,
  liveOr,
  reservationKey,
  ReservationPage,
  ReservationsQuery,
  reservationView,
} from './reservation.schemas.js';
import { StockQueries } from './stock-queries.js';
import { StockParams } from './stock.schemas.js';

@Controller('v1/admin')
export class ReservationsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly stock: StockQueries,
  ) {}

  @Get('stock/:sku/reservations')
  @Operation({
    id: 'listStockReservations',
    summary: 'Orders that hold units of the SKU, the earliest first',
    responses: { 200: ReservationPage },
    errors: [StockNotFound.problem],
    scope: 'stock:read',
  })
  async ofSku(
    @Param({ schema: StockParams }) { sku }: StockParams,
    @Query({ schema: HoldersQuery }) { limit, cursor, status, orderId, location }: HoldersQuery,
  ): Promise<HttpResult> {
    const filter = { sku, orderId, location, statuses: liveOr(status) };
    const rows = await this.transactions.read((db) => this.stock.holdersOf(db, filter, { limit, cursor }));
    const { data, nextCursor } = page(rows, limit, reservationKey);
    return HttpResult.ok({ data: data.map(reservationView), nextCursor });
  }

  @Get('reservations')
  @Operation({
    id: 'listReservations',
    summary: 'What an order holds, held and was shipped, by SKU and location',
    responses: { 200: ReservationPage },
    scope: 'stock:read',
  })
  async ofOrder(@Query({ schema: ReservationsQuery }) query: ReservationsQuery): Promise<HttpResult> {
    const { limit, cursor, status, ...filter } = query;
    const statuses = anyOr(status);
    const rows = await this.transactions.read((db) =>
      this.stock.reservations(db, { ...filter, statuses }, { limit, cursor }),
    );
    const { data, nextCursor } = page(rows, limit, reservationKey);
    return HttpResult.ok({ data: data.map(reservationView), nextCursor });
  }
}
