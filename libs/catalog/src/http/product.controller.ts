import { Controller, Get, Param, Query } from '@nestjs/common';
import { Config } from '#config';
import { StockAvailability, type SellableProduct } from '#contracts';
import { Transactions } from '#database';
import { HttpResult, Operation, page } from '#http';
import { currencySchema, type Currency } from '#kernel';
import { ProductNotFound } from '../domain/catalog.errors.js';
import { ProductCatalogAdapter } from '../adapters/product-catalog.adapter.js';
import { ProductPage, ProductParams, ProductQuery, ProductsQuery, ProductView } from './product.schemas.js';

@Controller('v1/products')
export class ProductController {
  private readonly defaultCurrency: Currency;

  constructor(
    config: Config,
    private readonly transactions: Transactions,
    private readonly products: ProductCatalogAdapter,
    private readonly stock: StockAvailability,
  ) {
    this.defaultCurrency = currencySchema.parse(config.DEFAULT_CURRENCY);
  }

  @Get()
  @Operation({ id: 'listProducts', summary: 'What can be bought, by SKU', responses: { 200: ProductPage } })
  async list(@Query({ schema: ProductsQuery }) { currency, limit, cursor }: ProductsQuery): Promise<HttpResult> {
    const slice = { currency: currency ?? this.defaultCurrency, after: cursor ?? '', count: limit + 1 };
    return this.transactions.read(async (db) => {
      const { data, nextCursor } = page(await this.products.list(db, slice), limit, ({ sku }) => sku);
      const skus = data.map(({ sku }) => sku);
      const available = await this.stock.available(db, skus);
      return HttpResult.ok({ data: data.map((product) => view(product, available)), nextCursor });
    });
  }

  @Get(':sku')
  @Operation({
    id: 'getProduct',
    summary: 'One product',
    responses: { 200: ProductView },
    errors: [ProductNotFound.problem],
  })
  async read(
    @Param({ schema: ProductParams }) { sku }: ProductParams,
    @Query({ schema: ProductQuery }) { currency }: ProductQuery,
  ): Promise<HttpResult> {
    return this.transactions.read(async (db) => {
      const found = await this.products.sellable(db, [sku], currency ?? this.defaultCurrency);
      const product = found.get(sku);
      if (product === undefined) throw new ProductNotFound(sku);
      return HttpResult.ok(view(product, await this.stock.available(db, [sku])));
    });
  }
}

function view({ sku, name, price }: SellableProduct, available: ReadonlyMap<string, number>) {
  return { sku, name, price, available: available.get(sku) ?? 0 };
}
