import { z } from 'zod';
import { DomainError } from '#kernel';

/** Also for a product that is not sold, or not in the currency asked for. */
export class ProductNotFound extends DomainError {
  static readonly problem = { code: 'product_not_found', members: z.object({ sku: z.string() }) } as const;
  readonly code = 'product_not_found';
  constructor(sku: string) {
    super('No such product is sold in this currency. GET /v1/products lists what is.', { sku });
  }
}
