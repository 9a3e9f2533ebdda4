import { DomainError } from '#kernel';

/** Others are changing or ordering the cart and did not finish in time. */
export class CartLocked extends DomainError {
  static override readonly problem = {
    code: 'cart_locked',
    kind: 'conflict',
    title: 'Cart is being changed or ordered',
    retryAfterSeconds: 1,
  } as const;
  constructor() {
    super('The cart is being changed or ordered. Send the same request again in a second.');
  }
}
