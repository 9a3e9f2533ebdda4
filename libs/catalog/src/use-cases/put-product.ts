import { Injectable } from '@nestjs/common';
import { SingleCommand } from '#commands';
import { StockReceipts } from '#contracts';
import type { Tx } from '#database';
import { writeProducts, type ProductToWrite } from '../persistence/write-products.js';

export interface ProductReplacement {
  readonly product: ProductToWrite;
  readonly actor: string;
}

/** Creates a product or replaces what is known of it. A new one gets an empty stock level, so that goods can be booked in. */
@Injectable()
export class PutProduct extends SingleCommand<ProductReplacement, 'created' | 'replaced'> {
  constructor(private readonly receipts: StockReceipts) {
    super();
  }

  override async runOne(tx: Tx, { product, actor }: ProductReplacement): Promise<'created' | 'replaced'> {
    const created = await writeProducts(tx, [product], 'replace', actor);
    await this.receipts.open(tx, [{ sku: product.sku, onHand: 0 }], actor);
    return created.has(product.sku) ? 'created' : 'replaced';
  }
}
