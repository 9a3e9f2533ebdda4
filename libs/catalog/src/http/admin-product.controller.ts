import { Body, Controller, HttpCode, Param, Post, Put } from '@nestjs/common';
import { BodyLimit, Commands, HttpResult, Operation, RequestContext } from '#http';
import { ImportProducts } from '../use-cases/import-products.js';
import { PutProduct } from '../use-cases/put-product.js';
import { importReport } from './import-rows.js';
import { ImportBody, ImportReport } from './import.schemas.js';
import { AdminProductView, ProductParams, PutProductBody } from './product.schemas.js';

/** A thousand rows with long names in any script. */
const IMPORT_BYTES_MAX = 2 * 1024 * 1024;

@Controller('v1/admin/products')
export class AdminProductController {
  constructor(
    private readonly commands: Commands,
    private readonly putProduct: PutProduct,
    private readonly importProducts: ImportProducts,
  ) {}

  @Put(':sku')
  @Operation({
    id: 'putProduct',
    summary: 'Create or replace a product',
    description: 'Sets the price in the given currency. A new product begins with an empty stock level.',
    responses: { 200: AdminProductView, 201: AdminProductView },
    scope: 'catalog:write',
  })
  put(
    @Param({ schema: ProductParams }) { sku }: ProductParams,
    @Body({ schema: PutProductBody }) body: PutProductBody,
    @RequestContext() { caller }: RequestContext,
  ): Promise<HttpResult> {
    const product = { sku, ...body };
    const replacement = { product, actor: caller.actor };
    return this.commands.run(this.putProduct, replacement, {
      respond: (outcome) =>
        outcome === 'created'
          ? HttpResult.created(product, { location: `/v1/products/${encodeURIComponent(sku)}` })
          : HttpResult.ok(product),
    });
  }

  @Post('import')
  @HttpCode(200)
  @BodyLimit(IMPORT_BYTES_MAX)
  @Operation({
    id: 'importProducts',
    summary: 'Write up to 1,000 products with their opening stock',
    description:
      'Rows that fit are written together; the others are reported, each place by a JSON pointer into the body. Products that exist ' +
      'get the name and price of their row.',
    responses: { 200: ImportReport },
    idempotencyKey: 'optional',
    scope: 'catalog:write',
  })
  import(
    @Body({ schema: ImportBody }) { products }: ImportBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    const rows = products.rows.map(({ row }) => row);
    return this.commands.run(
      this.importProducts,
      { rows, actor: caller.actor },
      { key, respond: (outcome) => HttpResult.ok(importReport(products, outcome)) },
    );
  }
}
