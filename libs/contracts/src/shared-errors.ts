import { DomainError } from '#kernel';

/** Others are changing or ordering the cart and did not finish in time. */
export class CartLocked extends DomainError {
  readonly code = 'cart_locked';
  constructor() {
    super('The cart is being changed or ordered. Send the same request again in a second.');
  }
}
