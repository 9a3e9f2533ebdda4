import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { Transactions } from '#database';
import { Commands, HttpResult, Operation, page, pageQuery, RequestContext } from '#http';
import { DeliveryMethodNotFound } from '../domain/pricing.errors.js';
import { DeliveryMethod } from '../persistence/delivery-method.entity.js';
import { DeleteDeliveryMethod } from '../use-cases/delete-delivery-method.js';
import { PutDeliveryMethod } from '../use-cases/put-delivery-method.js';
import {
  DeliveryMethodBody,
  DeliveryMethodPage,
  DeliveryMethodParams,
  DeliveryMethodView,
  methodOf,
  methodView,
  type PageQuery,
} from './delivery-method.schemas.js';

@Controller('v1/admin/delivery-methods')
export class DeliveryMethodController {
  constructor(
    private readonly transactions: Transactions,
    private readonly commands: Commands,
    private readonly putMethod: PutDeliveryMethod,
    private readonly deleteMethod: DeleteDeliveryMethod,
  ) {}

  @Get()
  @Operation({
    id: 'listDeliveryMethods',
    summary: 'Delivery methods, by id',
    responses: { 200: DeliveryMethodPage },
    scope: 'catalog:read',
  })
  async list(@Query({ schema: pageQuery }) { limit, cursor = '' }: PageQuery): Promise<HttpResult> {
    const part = { where: { id: MoreThan(cursor) }, order: { id: 'ASC' }, take: limit + 1 } as const;
    const methods = await this.transactions.read((db) => db.manager.find(DeliveryMethod, part));
    return HttpResult.ok(page(methods.map(methodView), limit, ({ id }) => id));
  }

  @Get(':id')
  @Operation({
    id: 'getDeliveryMethod',
    summary: 'One delivery method',
    responses: { 200: DeliveryMethodView },
    errors: [DeliveryMethodNotFound.problem],
    scope: 'catalog:read',
  })
  async read(@Param({ schema: DeliveryMethodParams }) { id }: DeliveryMethodParams): Promise<HttpResult> {
    const method = await this.transactions.read((db) => db.manager.findOneBy(DeliveryMethod, { id }));
    if (method === null) throw new DeliveryMethodNotFound();
    return HttpResult.ok(methodView(method));
  }

  @Put(':id')
  @Operation({
    id: 'putDeliveryMethod',
    summary: 'Create or replace a delivery method',
    description:
      'As soon as the shop keeps one, every order names one that delivers to its country and has a price in its currency.',
    responses: { 200: DeliveryMethodView, 201: DeliveryMethodView },
    scope: 'catalog:write',
  })
  put(
    @Param({ schema: DeliveryMethodParams }) { id }: DeliveryMethodParams,
    @Body({ schema: DeliveryMethodBody }) body: DeliveryMethodBody,
    @RequestContext() { caller }: RequestContext,
  ): Promise<HttpResult> {
    const method = methodOf(id, body);
    return this.commands.run(
      this.putMethod,
      { method, actor: caller.actor },
      {
        respond: (outcome) =>
          outcome === 'created'
            ? HttpResult.created(methodView(method), { location: `/v1/admin/delivery-methods/${id}` })
            : HttpResult.ok(methodView(method)),
      },
    );
  }

  @Delete(':id')
  @Operation({
    id: 'deleteDeliveryMethod',
    summary: 'Delete a delivery method',
    description: 'With the last one the shop keeps none: orders need not name one, and delivery costs nothing.',
    responses: { 204: null },
    errors: [DeliveryMethodNotFound.problem],
    scope: 'catalog:write',
  })
  remove(
    @Param({ schema: DeliveryMethodParams }) { id }: DeliveryMethodParams,
    @RequestContext() { caller }: RequestContext,
  ): Promise<HttpResult> {
    const deletion = { id, actor: caller.actor };
    return this.commands.run(this.deleteMethod, deletion, { respond: () => HttpResult.of(204, undefined) });
  }
}
