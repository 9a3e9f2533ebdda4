import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { Transactions } from '#database';
import { Commands, HttpResult, Operation, page, pageQuery, RequestContext } from '#http';
import { DiscountLimitBelowUses, DiscountNotFound } from '../domain/pricing.errors.js';
import { Discount } from '../persistence/discount.entity.js';
import { PutDiscount } from '../use-cases/put-discount.js';
import type { PageQuery } from './delivery-method.schemas.js';
import { DiscountBody, DiscountPage, DiscountParams, DiscountView, discountView, termsOf } from './discount.schemas.js';

@Controller('v1/admin/discounts')
export class DiscountController {
  constructor(
    private readonly transactions: Transactions,
    private readonly commands: Commands,
    private readonly putDiscount: PutDiscount,
  ) {}

  @Get()
  @Operation({
    id: 'listDiscounts',
    summary: 'Discount codes, by code, with their uses',
    responses: { 200: DiscountPage },
    scope: 'catalog:read',
  })
  async list(@Query({ schema: pageQuery }) { limit, cursor = '' }: PageQuery): Promise<HttpResult> {
    const part = { where: { code: MoreThan(cursor) }, order: { code: 'ASC' }, take: limit + 1 } as const;
    const discounts = await this.transactions.read((db) => db.manager.find(Discount, part));
    return HttpResult.ok(page(discounts.map(discountView), limit, ({ code }) => code));
  }

  @Get(':code')
  @Operation({
    id: 'getDiscount',
    summary: 'One discount code, with its uses',
    responses: { 200: DiscountView },
    errors: [DiscountNotFound.problem],
    scope: 'catalog:read',
  })
  async read(@Param({ schema: DiscountParams }) { code }: DiscountParams): Promise<HttpResult> {
    const discount = await this.transactions.read((db) => db.manager.findOneBy(Discount, { code }));
    if (discount === null) throw new DiscountNotFound();
    return HttpResult.ok(discountView(discount));
  }

  @Put(':code')
  @Operation({
    id: 'putDiscount',
    summary: 'Create a discount code or replace its terms',
    description: 'Case does not count. Uses stay, and orders that are placed keep their discount.',
    responses: { 200: DiscountView, 201: DiscountView },
    errors: [DiscountLimitBelowUses.problem],
    scope: 'catalog:write',
  })
  put(
    @Param({ schema: DiscountParams }) { code }: DiscountParams,
    @Body({ schema: DiscountBody }) body: DiscountBody,
    @RequestContext() { caller }: RequestContext,
  ): Promise<HttpResult> {
    const replacement = { terms: termsOf(code, body), actor: caller.actor };
    return this.commands.run(this.putDiscount, replacement, {
      respond: ({ discount, created }) =>
        created
          ? HttpResult.created(discountView(discount), { location: `/v1/admin/discounts/${code}` })
          : HttpResult.ok(discountView(discount)),
    });
  }
}
