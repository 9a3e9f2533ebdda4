import { Module } from '@nestjs/common';
import { ProductCatalog } from '#contracts';
import type { Invariant, ModuleSchema } from '#database';
import { HttpModule } from '#http';
import { problemsOf, type ProblemType } from '#kernel';
import * as errors from './domain/catalog.errors.js';
import { AdminProductController } from './http/admin-product.controller.js';
import { ProductController } from './http/product.controller.js';
import { Catalog1764000010001 } from './persistence/migrations/1764000010001-catalog.js';
import { ProductCatalogAdapter } from './adapters/product-catalog.adapter.js';
import { ImportProducts } from './use-cases/import-products.js';
import { PutProduct } from './use-cases/put-product.js';

/** Asks the port `StockReceipts`. */
@Module({
  providers: [
    ProductCatalogAdapter,
    { provide: ProductCatalog, useExisting: ProductCatalogAdapter },
    PutProduct,
    ImportProducts,
  ],
  exports: [ProductCatalog, ProductCatalogAdapter, PutProduct, ImportProducts],
})
export class CatalogModule {
  static readonly problems: readonly ProblemType[] = problemsOf(errors);
  static readonly scopes: readonly string[] = ['catalog:write'];
  static readonly schema: ModuleSchema = { entities: [], migrations: [Catalog1764000010001] };
  /** Its constraints say everything there is to say of products. */
  static readonly invariants: readonly Invariant[] = [];
}

/** Asks the port `StockAvailability`. */
@Module({ imports: [HttpModule], controllers: [ProductController, AdminProductController] })
export class CatalogApi {}
