import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { Caller, Commands, HttpResult, Operation, page, RequestContext } from '#http';
import { InvalidTransition, OverReturn, SkuNotOrdered } from '../domain/fulfilment.errors.js';
import { ListReturns } from '../use-cases/list-returns.js';
import { ReadReturn } from '../use-cases/read-return.js';
import { RequestReturn } from '../use-cases/request-return.js';
import * as schemas from './fulfilment.schemas.js';
import { returnView } from './fulfilment.views.js';
import { FulfilledOrderAccess } from './order-access.js';

const READ = { access: FulfilledOrderAccess, staffScope: 'orders:read', errors: ['order_not_found'] } as const;

@Controller('v1/orders/:orderId/returns')
export class BuyerReturnsController {
  constructor(
    private readonly commands: Commands,
    private readonly listReturns: ListReturns,
    private readonly readReturn: ReadReturn,
    private readonly requestReturn: RequestReturn,
  ) {}

  @Get()
  @Operation({
    id: 'listReturnsOfOrder',
    summary: 'What comes back of an order, the newest first',
    responses: { 200: schemas.ReturnPage },
    ...READ,
  })
  async list(
    @Param({ schema: schemas.OrderParams }) { orderId }: schemas.OrderParams,
    @Query({ schema: schemas.ReturnCursor }) { limit, cursor: after }: schemas.ReturnCursor,
    @Caller() caller: Caller,
  ): Promise<HttpResult> {
    const returns = await this.listReturns.ofOrder({ orderId, after, count: limit + 1 }, caller);
    return HttpResult.ok(page(returns.map(returnView), limit, ({ id }) => id));
  }

  @Get(':returnId')
  @Operation({
    id: 'getReturnOfOrder',
    summary: 'Read a return of an order',
    responses: { 200: schemas.ReturnView },
    ...READ,
    errors: ['order_not_found', 'return_not_found'],
  })
  async read(
    @Param({ schema: schemas.OrderReturnParams }) { orderId, returnId }: schemas.OrderReturnParams,
    @Caller() caller: Caller,
  ): Promise<HttpResult> {
    return HttpResult.ok(returnView(await this.readReturn.ofOrder(orderId, returnId, caller)));
  }

  @Post()
  @Operation({
    id: 'requestReturn',
    summary: 'Ask to send goods back',
    description:
      'Only goods that have left. Money is given back when the shop has received them. If-Match is the ETag of the order.',
    responses: { 201: schemas.ReturnView },
    errors: ['order_not_found', InvalidTransition.problem, OverReturn.problem, SkuNotOrdered.problem],
    idempotencyKey: 'required',
    ifMatch: 'optional',
    access: FulfilledOrderAccess,
    staffScope: 'orders:write',
  })
  request(
    @Param({ schema: schemas.OrderParams }) { orderId }: schemas.OrderParams,
    @Body({ schema: schemas.ReturnBody }) { items, reason }: schemas.ReturnBody,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.requestReturn,
      { orderId, items, reason, expected, caller },
      {
        key,
        respond: (goodsReturn) =>
          HttpResult.created(returnView(goodsReturn), { location: `/v1/orders/${orderId}/returns/${goodsReturn.id}` }),
      },
    );
  }
}
