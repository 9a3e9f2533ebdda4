import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { BuyerCredentials } from '#contracts';
import type { Currency, Id } from '#kernel';
import type { CartStatus } from '../domain/transitions.js';

/** What a buyer has picked. Whoever has its token opens it, and so does the customer it belongs to. */
@Entity({ schema: 'cart', name: 'carts' })
export class Cart {
  @PrimaryColumn({ type: 'text' })
  id!: Id<'cart'>;

  @Column({ type: 'text' })
  status!: CartStatus;

  @Column({ type: 'char', length: 3 })
  currency!: Currency;

  /** SHA-256 of the cart's token, hexadecimal; null where a customer has taken it over. */
  @Column({ type: 'text', nullable: true })
  tokenHash!: string | null;

  @Column({ type: 'text', nullable: true })
  customerId!: string | null;

  @Column({ type: 'text', nullable: true })
  orderId!: Id<'order'> | null;

  /** In capitals. */
  @Column({ type: 'text', nullable: true })
  discountCode!: string | null;

  /** Grows with every write. */
  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'timestamptz' })
  createdAt!: Date;

  @Column({ type: 'timestamptz' })
  updatedAt!: Date;

  isOpenTo(buyer: BuyerCredentials): boolean {
    return opens(buyer, this);
  }
}

/** Whether these credentials open a cart. */
export function opens(
  { cartTokenHash, customerId }: BuyerCredentials,
  cart: Pick<Cart, 'tokenHash' | 'customerId'>,
): boolean {
  return cartTokenHash === cart.tokenHash || (customerId !== undefined && customerId === cart.customerId);
}

/** How many units of a product are in a cart. Its name and price are the catalogue's until the cart is ordered. */
@Entity({ schema: 'cart', name: 'items' })
export class CartItem {
  @PrimaryColumn({ type: 'text' })
  cartId!: Id<'cart'>;

  @PrimaryColumn({ type: 'text' })
  sku!: string;

  @Column({ type: 'integer' })
  quantity!: number;

  /** Items are shown in the order in which they were first added. */
  @Column({ type: 'integer' })
  position!: number;
}
