import type { Reader } from '#database';
import type { Currency, Money } from '#kernel';

export interface SellableProduct {
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
  /** Units that one order may have at the most; null without such a limit. */
  readonly maxPerOrder: number | null;
}

/** What can be bought and for how much. Implemented by the catalog module. */
export abstract class ProductCatalog {
  /** The active ones among these SKUs that have a price in this currency; the others are absent from the map. */
  abstract sellable(db: Reader, skus: readonly string[], currency: Currency): Promise<Map<string, SellableProduct>>;
}
