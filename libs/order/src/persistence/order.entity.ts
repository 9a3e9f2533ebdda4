import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import type { BuyerCredentials, Totals } from '#contracts';
import { Money, type Currency, type Id } from '#kernel';
import type { FulfilmentStatus, HoldReason, OrderStates, OrderStatus, PaymentStatus } from '../domain/order-states.js';

export interface Address {
  readonly name: string;
  readonly line1: string;
  readonly line2?: string | undefined;
  readonly city: string;
  /** Absent only for countries without postal codes. */
  readonly postalCode?: string | undefined;
  readonly region?: string | undefined;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

/** What a buyer has ordered, at the prices of that moment. Its states change through `OrderRepository` only. */
@Entity({ schema: 'orders', name: 'orders' })
export class Order {
  @PrimaryColumn({ type: 'text' })
  id!: Id<'order'>;

  /** For people: short, and said over the telephone. */
  @Column({ type: 'text' })
  number!: string;

  @Column({ type: 'text' })
  cartId!: Id<'cart'>;

  @Column({ type: 'text' })
  status!: OrderStatus;

  @Column({ type: 'text' })
  paymentStatus!: PaymentStatus;

  @Column({ type: 'text' })
  fulfilmentStatus!: FulfilmentStatus;

  @Column({ type: 'char', length: 3 })
  currency!: Currency;

  @Column({ type: 'bigint' })
  subtotal!: number;

  @Column({ type: 'bigint' })
  discount!: number;

  @Column({ type: 'bigint' })
  delivery!: number;

  @Column({ type: 'bigint' })
  tax!: number;

  /** Tax that the prices have in them. It is no part of the sum. */
  @Column({ type: 'bigint' })
  includedTax!: number;

  /** What delivery has of the tax, added or included. The lines have the rest. */
  @Column({ type: 'bigint' })
  deliveryTax!: number;

  @Column({ type: 'bigint' })
  total!: number;

  @Column({ type: 'text' })
  email!: string;

  @Column({ type: 'jsonb' })
  shippingAddress!: Address;

  @Column({ type: 'jsonb', nullable: true })
  billingAddress!: Address | null;

  @Column({ type: 'text', nullable: true })
  deliveryMethod!: string | null;

  /** As it was called when the order was placed; null where the shop kept no delivery methods. */
  @Column({ type: 'text', nullable: true })
  deliveryMethodName!: string | null;

  @Column({ type: 'text', nullable: true })
  discountCode!: string | null;

  /** SHA-256 of the token of the cart that it was made from. */
  @Column({ type: 'text', nullable: true })
  tokenHash!: string | null;

  @Column({ type: 'text', nullable: true })
  customerId!: string | null;

  /** The attempt whose money confirmed it. */
  @Column({ type: 'text', nullable: true })
  paymentId!: Id<'pay'> | null;

  @Column({ type: 'timestamptz' })
  reservationExpiresAt!: Date;

  @Column({ type: 'timestamptz' })
  placedAt!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  confirmedAt!: Date | null;

  /** Null unless it is on hold. */
  @Column({ type: 'text', nullable: true })
  holdReason!: HoldReason | null;

  /** Sequence of its latest fact. */
  @Column({ type: 'integer' })
  lastSequence!: number;

  /** Grows with every write. */
  @Column({ type: 'integer' })
  version!: number;

  @OneToMany(() => OrderLine, (line) => line.order)
  lines!: Relation<OrderLine>[];

  isOpenTo({ cartTokenHash, customerId, anyBuyer }: BuyerCredentials): boolean {
    return (
      anyBuyer === true ||
      (cartTokenHash !== undefined && cartTokenHash === this.tokenHash) ||
      (customerId !== undefined && customerId === this.customerId)
    );
  }

  /** It was confirmed, and nobody has given it up since. */
  get isTakenUp(): boolean {
    return this.confirmedAt !== null && this.status !== 'cancelling' && this.status !== 'cancelled';
  }

  /** It was never confirmed, because too little came for it. */
  get isShort(): boolean {
    return this.confirmedAt === null && (this.status === 'on_hold' || this.status === 'cancelling');
  }

  get states(): OrderStates {
    return { status: this.status, payment: this.paymentStatus, fulfilment: this.fulfilmentStatus };
  }

  get totals(): Totals {
    const money = (amount: number) => Money.of(amount, this.currency);
    return {
      subtotal: money(this.subtotal),
      discount: money(this.discount),
      delivery: money(this.delivery),
      tax: money(this.tax),
      includedTax: money(this.includedTax),
      total: money(this.total),
    };
  }
}

/** Name and price as they were when the order was placed. */
@Entity({ schema: 'orders', name: 'lines' })
export class OrderLine {
  @PrimaryColumn({ type: 'text' })
  orderId!: Id<'order'>;

  @PrimaryColumn({ type: 'integer' })
  position!: number;

  @Column({ type: 'text' })
  sku!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'bigint' })
  unitPrice!: number;

  @Column({ type: 'integer' })
  quantity!: number;

  /** Price times quantity: before the discount, and without what is taxed on top. */
  @Column({ type: 'bigint' })
  lineTotal!: number;

  /** Its part of the order's discount. */
  @Column({ type: 'bigint' })
  discount!: number;

  /** On what is left, or in it where the prices have it in them. */
  @Column({ type: 'bigint' })
  tax!: number;

  @ManyToOne(() => Order, (order) => order.lines)
  @JoinColumn({ name: 'order_id' })
  order!: Relation<Order>;
}

/** One thing that happened to an order. Facts are numbered from 1 without gaps and never change. */
@Entity({ schema: 'orders', name: 'history' })
export class OrderEvent {
  @PrimaryColumn({ type: 'text' })
  orderId!: Id<'order'>;

  @PrimaryColumn({ type: 'integer' })
  sequence!: number;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'text' })
  actor!: string;

  /** Of the request or message that caused it; null for what is older than these columns. */
  @Column({ type: 'text', nullable: true })
  traceId!: string | null;

  @Column({ type: 'text', nullable: true })
  correlationId!: string | null;

  @Column({ type: 'jsonb' })
  data!: Readonly<Record<string, unknown>>;
}
