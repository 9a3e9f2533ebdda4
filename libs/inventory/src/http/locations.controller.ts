import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { Transactions } from '#database';
import { Commands, HttpResult, Operation, page, pageQuery, RequestContext } from '#http';
import type { z } from 'zod';
import { LocationNotFound } from '../domain/inventory.errors.js';
import { SaveLocation } from '../use-cases/save-location.js';
import { LocationBody, LocationPage, LocationParams, LocationView, locationView } from './location.schemas.js';
import { StockQueries } from './stock-queries.js';

@Controller('v1/admin/locations')
export class LocationsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly stock: StockQueries,
    private readonly commands: Commands,
    private readonly saveLocation: SaveLocation,
  ) {}

  @Get()
  @Operation({
    id: 'listLocations',
    summary: 'Where stock lies, by id',
    responses: { 200: LocationPage },
    scope: 'stock:read',
  })
  async list(@Query({ schema: pageQuery }) query: z.infer<typeof pageQuery>): Promise<HttpResult> {
    const locations = await this.transactions.read((db) => this.stock.locations(db, query));
    const { data, nextCursor } = page(locations, query.limit, ({ id }) => id);
    return HttpResult.ok({ data: data.map(locationView), nextCursor });
  }

  @Get(':locationId')
  @Operation({
    id: 'getLocation',
    summary: 'One location',
    responses: { 200: LocationView },
    errors: [LocationNotFound.problem],
    scope: 'stock:read',
  })
  async read(@Param({ schema: LocationParams }) { locationId }: LocationParams): Promise<HttpResult> {
    return HttpResult.ok(locationView(await this.transactions.read((db) => this.stock.location(db, locationId))));
  }

  @Put(':locationId')
  @Operation({
    id: 'saveLocation',
    summary: 'Create or replace a location',
    description:
      'Orders are served from the active location with the lowest priority that has all of their goods, otherwise from the fewest. What ' +
      'orders hold at a location that becomes inactive is still shipped from there.',
    responses: { 200: LocationView, 201: LocationView },
    scope: 'stock:write',
  })
  save(
    @Param({ schema: LocationParams }) { locationId }: LocationParams,
    @Body({ schema: LocationBody }) body: LocationBody,
    @RequestContext() { caller }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.saveLocation,
      { ...body, id: locationId, actor: caller.actor },
      {
        respond: ({ location, isNew }) =>
          isNew
            ? HttpResult.created(locationView(location), { location: `/v1/admin/locations/${locationId}` })
            : HttpResult.ok(locationView(location)),
      },
    );
  }
}
