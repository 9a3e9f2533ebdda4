import { z } from 'zod';
import { cartAlreadyOrdered } from '#contracts';
import { DomainError, type Id } from '#kernel';

/** Also the answer to every wrong credential, so that an id alone tells nothing. */
export class CartNotFound extends DomainError {
  static override readonly problem = {
    code: 'cart_not_found',
    kind: 'not_found',
    title: 'Cart not found',
    help: 'No such cart, or the Cart-Token header or the bearer token does not open it.',
  } as const;
  constructor() {
    super('There is no such cart, or the Cart-Token sent does not open it. Check the id and the token.');
  }
}

export class CartEmpty extends DomainError {
  static override readonly problem = { code: 'cart_empty', kind: 'conflict', title: 'Cart is empty' } as const;
  constructor() {
    super('There is nothing in the cart. Add an item before you order.');
  }
}

export class CartAlreadyOrdered extends DomainError {
  static override readonly problem = cartAlreadyOrdered;
  constructor(orderId: Id<'order'>) {
    super('The cart has become an order and does not change any more. Start a new cart to buy more.', { orderId });
  }
}

/** Another customer has it: it was made with their bearer token, or they have taken it over. */
export class CartOfAnother extends DomainError {
  static override readonly problem = {
    code: 'cart_of_another',
    kind: 'conflict',
    title: 'Cart belongs to another customer',
  } as const;
  constructor() {
    super('The cart belongs to another customer. Start a cart of your own.');
  }
}

export class ProductNotFound extends DomainError {
  static override readonly problem = {
    code: 'product_not_found',
    kind: 'not_found',
    title: 'Product not found',
    members: z.object({ sku: z.string() }),
  } as const;
  constructor(sku: string) {
    super('This product is not for sale in the currency of the cart. Check the SKU.', { sku });
  }
}

/** More units of a product, more lines or more money than a cart may have. */
export class QuantityLimit extends DomainError {
  static override readonly problem = {
    code: 'quantity_limit',
    kind: 'conflict',
    title: 'More than may be ordered',
    members: z.object({
      limit: z.int(),
      sku: z.string().optional().meta({ description: 'Absent where the limit is that of the cart.' }),
    }),
  } as const;

  static units(sku: string, limit: number): QuantityLimit {
    return new QuantityLimit(`An order may have up to ${limit} units of this product.`, { sku, limit });
  }

  static lines(limit: number): QuantityLimit {
    return new QuantityLimit(`A cart may have up to ${limit} different products. Order these first.`, { limit });
  }

  static amount(limit: number): QuantityLimit {
    return new QuantityLimit(`A cart may be worth up to ${limit} minor units. Order in several carts.`, { limit });
  }
}

/** The stored answer has a secret, and the caller has not shown to be the one who got it first. */
export class SecretNotReplayable extends DomainError {
  static override readonly problem = {
    code: 'secret_not_replayable',
    kind: 'conflict',
    title: 'Answer has a secret',
    help: 'The answer to this Idempotency-Key has a token, which is repeated only to a caller who shows it. Use a new key.',
  } as const;
  constructor() {
    super(
      'A cart was started with this Idempotency-Key. Send its Cart-Token to get the same answer, or use a new key for another cart.',
    );
  }
}
