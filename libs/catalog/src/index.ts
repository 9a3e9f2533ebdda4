export { CatalogApi, CatalogModule } from './catalog.module.js';
export { ImportProducts, type ImportRow } from './use-cases/import-products.js';
