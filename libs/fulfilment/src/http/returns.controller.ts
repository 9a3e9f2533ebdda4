import { Controller, Get, Param, Query } from '@nestjs/common';
import { HttpResult, Operation, page } from '#http';
import { ListReturns } from '../use-cases/list-returns.js';
import { ReadReturn } from '../use-cases/read-return.js';
import { ReturnParams, ReturnsQuery, StaffReturnPage, StaffReturnView } from './fulfilment.schemas.js';
import { staffReturnView } from './fulfilment.views.js';

@Controller('v1/admin/returns')
export class ReturnsController {
  constructor(
    private readonly listReturns: ListReturns,
    private readonly readReturn: ReadReturn,
  ) {}

  @Get()
  @Operation({
    id: 'listReturns',
    summary: 'Returns, the newest first',
    responses: { 200: StaffReturnPage },
    scope: 'orders:read',
  })
  async list(@Query({ schema: ReturnsQuery }) query: ReturnsQuery): Promise<HttpResult> {
    const { limit, cursor: after, status, orderId } = query;
    const returns = await this.listReturns.all({ orderId, status, after, count: limit + 1 });
    return HttpResult.ok(page(returns.map(staffReturnView), limit, ({ id }) => id));
  }

  @Get(':returnId')
  @Operation({
    id: 'getReturn',
    summary: 'Read a return',
    responses: { 200: StaffReturnView },
    errors: ['return_not_found'],
    scope: 'orders:read',
  })
  async read(@Param({ schema: ReturnParams }) { returnId }: ReturnParams): Promise<HttpResult> {
    return HttpResult.ok(staffReturnView(await this.readReturn.run(returnId)));
  }
}
