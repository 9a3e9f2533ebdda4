import { Injectable } from '@nestjs/common';
import { StockReceipts } from '#contracts';
import type { Tx } from '#database';
import { writeProducts, type ProductToWrite } from '../persistence/write-products.js';

/** Creates a product or replaces what is known of it. A new one gets an empty stock level, so that goods can be booked in. */
@Injectable()
export class PutProduct {
  constructor(private readonly receipts: StockReceipts) {}

  async run(tx: Tx, product: ProductToWrite, actor: string): Promise<'created' | 'replaced'> {
    const created = await writeProducts(tx, [product], 'replace', actor);
    await this.receipts.open(tx, [{ sku: product.sku, onHand: 0 }], actor);
    return created.has(product.sku) ? 'created' : 'replaced';
  }
}
