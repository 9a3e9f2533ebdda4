import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Command, type LockRequest, type Outcome } from '#commands';
import { cartLock, CheckoutCarts, stockLock, type CheckoutRequest, type CartForCheckout } from '#contracts';
import type { Reader, Tx } from '#database';
import { newId, type Id, type Money } from '#kernel';
import { inheritTrace, traceOf } from '#observability';
import type { Placement } from '../persistence/insert-orders.js';
import { OrderRepository } from '../persistence/order.repository.js';
import { Order, type Address } from '../persistence/order.entity.js';
import { OrderHolds } from './order-holds.js';
import { QuoteCarts, type QuotedCart } from './quote-carts.js';
import { TRANSITIONS } from '../domain/transitions.js';

export interface PlaceOrderRequest extends CheckoutRequest {
  readonly actor: string;
  /** Whose unpaid orders are counted together; undefined for callers without limits. */
  readonly callerKey?: string | undefined;
  readonly email: string;
  readonly shippingAddress: Address;
  readonly billingAddress?: Address | undefined;
  readonly deliveryMethod?: string | undefined;
  /** Instead of the code that the cart has. */
  readonly discountCode?: string | undefined;
  /** What the buyer was shown. If absent, any total is accepted. */
  readonly expectedTotal?: Money | undefined;
}

export type PlaceOutcome = Outcome<Order>;

interface Candidate {
  /** Where its outcome belongs. */
  readonly place: number;
  readonly request: PlaceOrderRequest;
}

interface Quoted extends Candidate {
  readonly cart: CartForCheckout;
  readonly quote: QuotedCart;
  readonly orderId: Id<'order'>;
}

interface Held extends Quoted {
  readonly expiresAt: Date;
}

/**
 * Turns carts into orders that hold their stock. Takes a list, so that the requests of many buyers share a transaction: the number of
 * statements does not grow with it (one price query a currency), an earlier request wins the last unit, and a refused one leaves `tx`
 * and the others untouched. Outcomes come in the order of the requests.
 */
@Injectable()
export class PlaceOrders extends Command<PlaceOrderRequest, Order> {
  override readonly batchMax = 50;

  constructor(
    private readonly carts: CheckoutCarts,
    private readonly quoteCarts: QuoteCarts,
    private readonly holds: OrderHolds,
    private readonly repository: OrderRepository,
  ) {
    super();
  }

  /** What is in the cart stands still while its stock is locked and it is ordered. */
  override lock({ cartId }: PlaceOrderRequest): LockRequest {
    return cartLock.lock(cartId);
  }

  /** The stock of everything in the carts. */
  override async sharedLock(db: Reader, requests: readonly PlaceOrderRequest[]): Promise<LockRequest> {
    return stockLock.lock(...(await this.carts.skusOf(db, requests)));
  }

  override async run(tx: Tx, requests: readonly PlaceOrderRequest[]): Promise<PlaceOutcome[]> {
    await this.holds.lockCallers(
      tx,
      requests.map(({ callerKey }) => callerKey),
    );
    const outcomes: PlaceOutcome[] = [];
    for (const round of roundsOf(requests)) await this.place(tx, round, outcomes);
    return outcomes;
  }

  private async place(tx: Tx, candidates: readonly Candidate[], outcomes: PlaceOutcome[]): Promise<void> {
    const quoted = await this.quote(tx, candidates, outcomes);
    const held = await this.hold(tx, quoted, outcomes);
    if (held.length === 0) return;
    const orders = await this.repository.place(tx, held.map(placementOf));
    await this.carts.markOrdered(
      tx,
      held.map(({ cart, orderId }) => ({ cartId: cart.cartId, orderId })),
    );
    const confirmed = await this.confirmFree(tx, orders, held);
    for (const [index, placed] of orders.entries()) {
      const order = confirmed.get(placed.id) ?? placed;
      const place = held[index]?.place;
      if (place !== undefined) outcomes[place] = { result: order };
    }
  }

  /** Orders with the total 0 are paid by being placed. @returns those orders as they are now */
  private async confirmFree(
    tx: Tx,
    orders: readonly Order[],
    held: readonly Held[],
  ): Promise<ReadonlyMap<Id<'order'>, Order>> {
    const free = orders.filter(({ total }) => total === 0);
    if (free.length === 0) return new Map();
    const requests = new Map(held.map(({ orderId, request }) => [orderId, request]));
    await this.repository.transition(
      tx,
      TRANSITIONS.confirmed,
      free.map(({ id, totals }) => {
        const trace = traceOf(requests.get(id));
        return { orderId: id, actor: 'system', data: {}, total: totals.total, trace };
      }),
    );
    const now = await tx.manager.find(Order, {
      where: { id: In(free.map(({ id }) => id)) },
      relations: { lines: true },
      order: { lines: { position: 'ASC' } },
    });
    return new Map(now.map((order) => [order.id, order]));
  }

  private async quote(tx: Tx, candidates: readonly Candidate[], outcomes: PlaceOutcome[]): Promise<Quoted[]> {
    const locked = await this.carts.lockForCheckout(
      tx,
      candidates.map(({ request }) => request),
    );
    const orderable = candidates.flatMap((candidate, index) => {
      const outcome = locked[index];
      if (outcome === undefined) throw new Error('A cart has no outcome.');
      if ('cart' in outcome) return [{ ...candidate, cart: outcome.cart }];
      outcomes[candidate.place] = outcome;
      return [];
    });
    const quotes = await this.quoteCarts.run(
      tx,
      orderable.map(({ cart, request: { shippingAddress, deliveryMethod, discountCode, expectedTotal } }) => {
        return { cart, country: shippingAddress.country, deliveryMethod, discountCode, expectedTotal };
      }),
    );
    return orderable.flatMap((candidate, index) => {
      const quoted = quotes[index];
      if (quoted === undefined) throw new Error('A quote has no outcome.');
      if ('quote' in quoted) return [{ ...candidate, quote: quoted.quote, orderId: newId('order') }];
      outcomes[candidate.place] = quoted;
      return [];
    });
  }

  private async hold(tx: Tx, quoted: readonly Quoted[], outcomes: PlaceOutcome[]): Promise<Held[]> {
    const orders = quoted.map(({ request, orderId, cart, quote: { totals, discountCode } }) => {
      const { callerKey, email } = request;
      const discount =
        discountCode === null ? undefined : { code: discountCode, customerId: customerOf(cart, request), email };
      return inheritTrace(request, {
        orderId,
        lines: cart.lines,
        callerKey,
        total: totals.total.amount,
        discount,
      });
    });
    const holds = await this.holds.run(tx, orders);
    return quoted.flatMap((candidate, index) => {
      const hold = holds[index];
      if (hold?.held) return [{ ...candidate, expiresAt: hold.expiresAt }];
      if (hold) outcomes[candidate.place] = { error: hold.error };
      return [];
    });
  }
}

/**
 * A cart that is named twice comes again in a later round, when the first request for it has been decided. As long as carts are locked
 * there is one round.
 */
function roundsOf(requests: readonly PlaceOrderRequest[]): Candidate[][] {
  const rounds: Candidate[][] = [];
  const seen = new Map<Id<'cart'>, number>();
  for (const [place, request] of requests.entries()) {
    const round = seen.get(request.cartId) ?? 0;
    seen.set(request.cartId, round + 1);
    (rounds[round] ??= []).push({ place, request });
  }
  return rounds;
}

/** The order is the cart's owner's; a guest's cart that a customer orders becomes an order of that customer. */
function placementOf({ request, cart, quote, orderId, expiresAt }: Held): Placement {
  const { lines, totals } = quote;
  const order = {
    id: orderId,
    cartId: cart.cartId,
    currency: cart.currency,
    subtotal: totals.subtotal.amount,
    discount: totals.discount.amount,
    delivery: totals.delivery.amount,
    tax: totals.tax.amount,
    includedTax: totals.includedTax.amount,
    deliveryTax: quote.deliveryTax,
    total: totals.total.amount,
    email: request.email,
    shippingAddress: request.shippingAddress,
    billingAddress: request.billingAddress ?? null,
    deliveryMethod: request.deliveryMethod ?? null,
    deliveryMethodName: quote.deliveryMethodName,
    discountCode: quote.discountCode,
    tokenHash: cart.owner.cartTokenHash ?? null,
    customerId: customerOf(cart, request) ?? null,
    reservationExpiresAt: expiresAt,
    lines,
  };
  return { order, actor: request.actor, callerKey: request.callerKey, trace: traceOf(request) };
}

const customerOf = ({ owner }: CartForCheckout, { buyer }: PlaceOrderRequest): string | undefined =>
  owner.customerId ?? buyer.customerId;
