import { StockReservations, OrderPayments, type BuyerCredentials } from '#contracts';
import type { Tx } from '#database';
import { hashToken, Money, newId, type Currency, type Id } from '#kernel';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { Buyer, type CartItem } from '../../../../test/support/buyer.js';
import type { Order } from '../persistence/order.entity.js';
import { CancelOrder } from './cancel-order.js';
import type { Capture } from '../domain/capture.js';
import { ConfirmOrders, type ConfirmOutcome } from './confirm-orders.js';
import { ExpireOrders } from './expire-orders.js';
import { PlaceOrders, type PlaceOrderRequest, type PlaceOutcome } from './place-orders.js';

export const eur = (amount: number): Money => Money.of(amount, 'EUR' as Currency);

const SHIPPING = { name: 'Ada Byron', line1: 'Hauptstr. 1', city: 'Berlin', postalCode: '10115', country: 'DE' };

/** Orders in a shop of their own, one step below HTTP. */
export class OrderBench {
  private constructor(readonly shop: ApiSandbox) {}

  static async open(env: Readonly<Record<string, string>> = {}): Promise<OrderBench> {
    return new OrderBench(await ApiSandbox.open(env));
  }

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.shop.transactions.run(work);
  }

  /** What a guest who has these in his cart asks for. */
  async aRequest(items: readonly CartItem[], more: Partial<PlaceOrderRequest> = {}): Promise<PlaceOrderRequest> {
    const { cartId, cartToken } = await Buyer.withCart(this.shop.api, items);
    return {
      cartId: cartId as Id<'cart'>,
      buyer: { cartTokenHash: hashToken(cartToken) },
      actor: 'guest',
      email: 'ada@example.com',
      shippingAddress: SHIPPING,
      ...more,
    };
  }

  place(...requests: PlaceOrderRequest[]): Promise<readonly PlaceOutcome[]> {
    return this.run((tx) => this.placeIn(tx, requests));
  }

  /** How many statements this takes. */
  statementsOf(work: (tx: Tx) => Promise<unknown>): Promise<number> {
    return this.run(async (tx) => {
      let statements = 0;
      const query = tx.manager.queryRunner!.query.bind(tx.manager.queryRunner);
      tx.manager.queryRunner!.query = (...args: Parameters<typeof query>) => {
        statements += 1;
        return query(...args);
      };
      await work(tx);
      return statements;
    });
  }

  placeIn(tx: Tx, requests: readonly PlaceOrderRequest[]): Promise<readonly PlaceOutcome[]> {
    return this.shop.get(PlaceOrders).run(tx, requests);
  }

  /** An order that waits for its payment. */
  async anOrder(items: readonly CartItem[]): Promise<Order> {
    const [outcome] = await this.place(await this.aRequest(items));
    if (outcome === undefined || 'error' in outcome) throw new Error(`No order: ${JSON.stringify(outcome)}`);
    return outcome.result;
  }

  /** What the provider says when it has taken an order's money. */
  captureOf(order: Pick<Order, 'id' | 'total'>, more: Partial<Capture> = {}): Capture {
    return { orderId: order.id, paymentId: newId('pay'), amount: eur(order.total), provider: 'sandbox', ...more };
  }

  confirm(...captures: Capture[]): Promise<ConfirmOutcome[]> {
    return this.run((tx) => this.shop.get(ConfirmOrders).run(tx, captures));
  }

  expire(...orderIds: Id<'order'>[]): Promise<Id<'order'>[]> {
    return this.run((tx) => this.shop.get(ExpireOrders).run(tx, orderIds));
  }

  cancel(order: Order, expectedVersion?: number): Promise<Order> {
    const expected = expectedVersion === undefined ? undefined : [expectedVersion];
    const cancellation = { orderId: order.id, buyer: buyerOf(order), actor: 'guest', expected };
    return this.run((tx) => this.shop.get(CancelOrder).runOne(tx, cancellation));
  }

  startPayment(order: Order, buyer: BuyerCredentials = buyerOf(order)): Promise<Money> {
    return this.run((tx) => this.payments.start(tx, order.id, { actor: 'guest', ...buyer }));
  }

  get payments(): OrderPayments {
    return this.shop.get(OrderPayments);
  }

  get stock(): StockReservations {
    return this.shop.get(StockReservations);
  }

  /** Lets the time of an order's hold run out. */
  async runOut(orderId: Id<'order'>): Promise<void> {
    await this.run(async (tx) => {
      await tx.query(`UPDATE orders.orders SET reservation_expires_at = now() - interval '1 s' WHERE id = $1`, [
        orderId,
      ]);
      await tx.query(
        `UPDATE inventory.reservations SET expires_at = now() - interval '1 s', first_expires_at = now() - interval '1 s'
         WHERE order_id = $1`,
        [orderId],
      );
    });
  }

  /** The order's row as it is now. */
  async now(orderId: Id<'order'>): Promise<Record<string, any>> {
    return (await this.shop.rows('SELECT * FROM orders.orders WHERE id = $1', [orderId]))[0]!;
  }

  /** Its facts: `2 order.confirmed pending_payment>confirmed pending>paid`. */
  async history(orderId: Id<'order'>): Promise<string[]> {
    const rows = await this.shop.rows('SELECT * FROM orders.history WHERE order_id = $1 ORDER BY sequence', [orderId]);
    return rows.map(
      (fact) =>
        `${fact['sequence']} ${fact['type']} ${fact['from_status']}>${fact['to_status']} ${fact['from_payment']}>${fact['to_payment']}`,
    );
  }

  /** What the order module stated about it: `2 order.confirmed.v1`. */
  async events(orderId: Id<'order'>): Promise<string[]> {
    const sql = `SELECT sequence, type FROM messaging.outbox WHERE source = 'order' AND subject = $1 ORDER BY sequence`;
    return (await this.shop.rows(sql, [orderId])).map(({ sequence, type }) => `${sequence} ${type}`);
  }

  async level(sku: string): Promise<{ onHand: number; reserved: number }> {
    const sql = 'SELECT on_hand AS "onHand", reserved FROM inventory.levels WHERE sku = $1';
    return (await this.shop.rows<{ onHand: number; reserved: number }>(sql, [sku]))[0]!;
  }
}

export const buyerOf = (order: Order): BuyerCredentials => ({ cartTokenHash: order.tokenHash ?? undefined });
