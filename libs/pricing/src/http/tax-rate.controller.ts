import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { z } from 'zod';
import { countrySchema } from '#contracts';
import { Transactions } from '#database';
import { Commands, HttpResult, Operation, page, pageOf, pageQuery, RequestContext } from '#http';
import { TaxRateNotFound } from '../domain/pricing.errors.js';
import { CountryTax } from '../persistence/country-tax.entity.js';
import { PutTaxRate } from '../use-cases/put-tax-rate.js';

const TaxRateParams = z.strictObject({ country: countrySchema });
type TaxRateParams = z.infer<typeof TaxRateParams>;

const basisPoints = z.int().min(0).max(10_000).meta({ description: 'Hundredths of a percent.', example: 1900 });
const inclusive = z
  .boolean()
  .meta({ description: 'Whether prices have the tax in them; otherwise it is added.', example: true });

const TaxRateBody = z.strictObject({ basisPoints, inclusive }).meta({ id: 'PutTaxRate' });
type TaxRateBody = z.infer<typeof TaxRateBody>;

const TaxRateView = z.object({ country: countrySchema, basisPoints, inclusive }).meta({ id: 'TaxRate' });
const view = ({ country, basisPoints: rate, inclusive: isIn }: CountryTax) => ({
  country,
  basisPoints: rate,
  inclusive: isIn,
});

@Controller('v1/admin/tax-rates')
export class TaxRateController {
  constructor(
    private readonly transactions: Transactions,
    private readonly commands: Commands,
    private readonly putRate: PutTaxRate,
  ) {}

  @Get()
  @Operation({
    id: 'listTaxRates',
    summary: 'Tax rates, by country',
    responses: { 200: pageOf(TaxRateView) },
    scope: 'catalog:read',
  })
  async list(@Query({ schema: pageQuery }) { limit, cursor = '' }: z.infer<typeof pageQuery>): Promise<HttpResult> {
    const part = { where: { country: MoreThan(cursor) }, order: { country: 'ASC' }, take: limit + 1 } as const;
    const rates = await this.transactions.read((db) => db.manager.find(CountryTax, part));
    return HttpResult.ok(page(rates.map(view), limit, ({ country }) => country));
  }

  @Get(':country')
  @Operation({
    id: 'getTaxRate',
    summary: 'The tax rate of a country',
    responses: { 200: TaxRateView },
    errors: [TaxRateNotFound.problem],
    scope: 'catalog:read',
  })
  async read(@Param({ schema: TaxRateParams }) { country }: TaxRateParams): Promise<HttpResult> {
    const rate = await this.transactions.read((db) => db.manager.findOneBy(CountryTax, { country }));
    if (rate === null) throw new TaxRateNotFound();
    return HttpResult.ok(view(rate));
  }

  @Put(':country')
  @Operation({
    id: 'putTaxRate',
    summary: 'Set the tax rate of a country',
    description: 'For goods and their delivery. A country without a rate is not taxed; 0 says so.',
    responses: { 200: TaxRateView, 201: TaxRateView },
    scope: 'catalog:write',
  })
  put(
    @Param({ schema: TaxRateParams }) { country }: TaxRateParams,
    @Body({ schema: TaxRateBody }) body: TaxRateBody,
    @RequestContext() { caller }: RequestContext,
  ): Promise<HttpResult> {
    const rate = { country, ...body };
    return this.commands.run(
      this.putRate,
      { rate, actor: caller.actor },
      {
        respond: (outcome) =>
          outcome === 'created'
            ? HttpResult.created(rate, { location: `/v1/admin/tax-rates/${country}` })
            : HttpResult.ok(rate),
      },
    );
  }
}
