import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Command, type LockRequest, type Outcome } from '#commands';
import {
  cartLock,
  CheckoutCarts,
  ProductCatalog,
  stockLock,
  type CheckoutRequest,
  type CartForCheckout,
  type SellableProduct,
} from '#contracts';
import type { Reader, Tx } from '#database';
import { newId, type Currency, type Id, type Money } from '#kernel';
import { rememberTrace, traceOf } from '#observability';
import type { Placement } from '../persistence/insert-orders.js';
import { OrderRepository } from '../persistence/order.repository.js';
import { Order, type Address } from '../persistence/order.entity.js';
import { OrderHolds } from './order-holds.js';
import { quote, type Quote } from '../domain/quote.js';
import { TRANSITIONS } from '../domain/transitions.js';

export interface PlaceOrderRequest extends CheckoutRequest {
  readonly actor: string;
  /** Whose unpaid orders are counted together; undefined for callers without limits. */
  readonly callerKey?: string | undefined;
  readonly email: string;
  readonly shippingAddress: Address;
  readonly billingAddress?: Address | undefined;
  readonly deliveryMethod?: string | undefined;
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
  readonly quote: Quote;
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
    private readonly catalog: ProductCatalog,
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
    const confirmed = await this.confirmFree(tx, orders);
    for (const [index, placed] of orders.entries()) {
      const order = confirmed.get(placed.id) ?? placed;
      const place = held[index]?.place;
      if (place !== undefined) outcomes[place] = { result: order };
    }
  }

  /** Orders with the total 0 are paid by being placed. @returns those orders as they are now */
  private async confirmFree(tx: Tx, orders: readonly Order[]): Promise<ReadonlyMap<Id<'order'>, Order>> {
    const free = orders.filter(({ total }) => total === 0);
    if (free.length === 0) return new Map();
    await this.repository.transition(
      tx,
      TRANSITIONS.confirmed,
      free.map(({ id, totals }) => ({ orderId: id, actor: 'system', data: {}, total: totals.total })),
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
    const products = await this.productsOf(
      tx,
      locked.flatMap((outcome) => ('cart' in outcome ? [outcome.cart] : [])),
    );
    return candidates.flatMap((candidate, index) => {
      const outcome = locked[index];
      if (outcome === undefined) throw new Error('A cart has no outcome.');
      const quoted =
        'cart' in outcome
          ? quote(outcome.cart, products.get(outcome.cart.currency) ?? new Map(), candidate.request.expectedTotal)
          : outcome;
      if ('cart' in outcome && 'quote' in quoted) {
        return [{ ...candidate, cart: outcome.cart, quote: quoted.quote, orderId: newId('order') }];
      }
      if ('error' in quoted) outcomes[candidate.place] = { error: quoted.error };
      return [];
    });
  }

  private async productsOf(
    tx: Tx,
    carts: readonly CartForCheckout[],
  ): Promise<Map<Currency, Map<string, SellableProduct>>> {
    const products = new Map<Currency, Map<string, SellableProduct>>();
    for (const currency of new Set(carts.map((cart) => cart.currency))) {
      const wanted = carts.filter((cart) => cart.currency === currency);
      const skus = new Set(wanted.flatMap((cart) => cart.lines.map((line) => line.sku)));
      products.set(currency, await this.catalog.sellable(tx, [...skus], currency));
    }
    return products;
  }

  private async hold(tx: Tx, quoted: readonly Quoted[], outcomes: PlaceOutcome[]): Promise<Held[]> {
    const orders = quoted.map(({ request, orderId, cart, quote: { totals } }) => {
      const order = { orderId, lines: cart.lines, callerKey: request.callerKey, total: totals.total.amount };
      const trace = traceOf(request);
      if (trace) rememberTrace(order, trace);
      return order;
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
function placementOf({ request, cart, quote: { lines, totals }, orderId, expiresAt }: Held): Placement {
  const order = {
    id: orderId,
    cartId: cart.cartId,
    currency: cart.currency,
    subtotal: totals.subtotal.amount,
    discount: totals.discount.amount,
    delivery: totals.delivery.amount,
    tax: totals.tax.amount,
    total: totals.total.amount,
    email: request.email,
    shippingAddress: request.shippingAddress,
    billingAddress: request.billingAddress ?? null,
    deliveryMethod: request.deliveryMethod ?? null,
    tokenHash: cart.owner.cartTokenHash ?? null,
    customerId: cart.owner.customerId ?? request.buyer.customerId ?? null,
    reservationExpiresAt: expiresAt,
    lines,
  };
  return { order, actor: request.actor, callerKey: request.callerKey, trace: traceOf(request) };
}
