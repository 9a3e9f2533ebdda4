import { z } from 'zod';
import { DomainError } from '#kernel';

/** Also for a product that is not sold, or not in the currency asked for. */
export class ProductNotFound extends DomainError {
  static override readonly problem = {
    code: 'product_not_found',
    kind: 'not_found',
    title: 'Product not found',
    members: z.object({ sku: z.string() }),
  } as const;
  constructor(sku: string) {
    super('No such product is sold in this currency. GET /v1/products lists what is.', { sku });
  }
}
