import { Injectable } from '@nestjs/common';
import { ProductCatalog, type SellableProduct } from '#contracts';
import type { Reader } from '#database';
import { Money, type Currency } from '#kernel';

interface ProductRow {
  readonly sku: string;
  readonly name: string;
  readonly amount: number;
  readonly maxPerOrder: number | null;
}

const SELLABLE = `
  SELECT product.sku, product.name, price.amount, product.max_per_order AS "maxPerOrder"
  FROM catalog.products AS product JOIN catalog.prices AS price USING (sku)
  WHERE product.active AND price.currency = $1`;
const AMONG = `${SELLABLE} AND product.sku = ANY($2)`;
const AFTER = `${SELLABLE} AND product.sku > $2 ORDER BY product.sku LIMIT $3`;

@Injectable()
export class ProductCatalogAdapter extends ProductCatalog {
  override async sellable(
    db: Reader,
    skus: readonly string[],
    currency: Currency,
  ): Promise<Map<string, SellableProduct>> {
    if (skus.length === 0) return new Map();
    const { rows } = await db.query<ProductRow>(AMONG, [currency, skus]);
    return new Map(rows.map((row) => [row.sku, productOf(row, currency)]));
  }

  /** The ones after this SKU, by SKU. */
  async list(
    db: Reader,
    { currency, after, count }: { currency: Currency; after: string; count: number },
  ): Promise<SellableProduct[]> {
    const { rows } = await db.query<ProductRow>(AFTER, [currency, after, count]);
    return rows.map((row) => productOf(row, currency));
  }
}

function productOf({ sku, name, amount, maxPerOrder }: ProductRow, currency: Currency): SellableProduct {
  return { sku, name, price: Money.of(amount, currency), maxPerOrder };
}
