import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { Caller, Commands, HttpResult, Operation, page, RequestContext } from '#http';
import { InvalidTransition, OverReturn, SkuNotOrdered } from '../domain/fulfilment.errors.js';
import { ListReturns } from '../use-cases/list-returns.js';
import { RequestReturn } from '../use-cases/request-return.js';
import { OrderParams, ReturnBody, ReturnCursor, StaffReturnPage, StaffReturnView } from './fulfilment.schemas.js';
import { staffReturnView } from './fulfilment.views.js';

@Controller('v1/admin/orders/:orderId/returns')
export class OrderReturnsController {
  constructor(
    private readonly commands: Commands,
    private readonly requestReturn: RequestReturn,
    private readonly listReturns: ListReturns,
  ) {}

  @Post()
  @Operation({
    id: 'requestReturnForBuyer',
    summary: 'Note that shipped goods are to come back',
    description: 'Nothing moves until they have arrived. If-Match is the ETag of the order.',
    responses: { 201: StaffReturnView },
    errors: ['order_not_found', InvalidTransition.problem, OverReturn.problem, SkuNotOrdered.problem],
    idempotencyKey: 'required',
    ifMatch: 'optional',
    scope: 'orders:write',
  })
  request(
    @Param({ schema: OrderParams }) { orderId }: OrderParams,
    @Body({ schema: ReturnBody }) { items, reason }: ReturnBody,
    @RequestContext() { caller, key, expected }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(
      this.requestReturn,
      { orderId, items, reason, expected, caller: { ...caller, anyBuyer: true } },
      {
        key,
        respond: (goodsReturn) =>
          HttpResult.created(staffReturnView(goodsReturn), { location: `/v1/admin/returns/${goodsReturn.id}` }),
      },
    );
  }

  @Get()
  @Operation({
    id: 'listReturnsOfOrderForStaff',
    summary: 'The returns of an order, the newest first',
    responses: { 200: StaffReturnPage },
    errors: ['order_not_found'],
    scope: 'orders:read',
  })
  async list(
    @Param({ schema: OrderParams }) { orderId }: OrderParams,
    @Query({ schema: ReturnCursor }) { limit, cursor: after }: ReturnCursor,
    @Caller() caller: Caller,
  ): Promise<HttpResult> {
    const slice = { orderId, after, count: limit + 1 };
    const returns = await this.listReturns.ofOrder(slice, { ...caller, anyBuyer: true });
    return HttpResult.ok(page(returns.map(staffReturnView), limit, ({ id }) => id));
  }
}
