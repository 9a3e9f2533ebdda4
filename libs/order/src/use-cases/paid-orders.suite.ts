import { OrderFulfilments } from '#contracts';
import { newId, type Id } from '#kernel';
import type { Order } from '../persistence/order.entity.js';
import { CancelOrder } from './cancel-order.js';
import { ConfirmAuthorized } from './confirm-authorized.js';
import { FinishCancelling } from './finish-cancelling.js';
import { HoldOrder } from './hold-order.js';
import { NoteRefunds } from './note-refunds.js';
import { eur, OrderBench } from './order-bench.suite.js';
import { ReleaseOrder } from './release-order.js';

const STAFF = { actor: 'staff:1', anyBuyer: true } as const;

export const refusal = { code: 'invalid_transition' };
/** The refund of an order that is given up. */
export const ASKED = { status: 'requested', cause: 'cancelled', reason: 'cancelled', amount: 2_000 };

/** Orders of 20.00 EUR that are paid, and what becomes of them. */
export class PaidOrders {
  private constructor(readonly bench: OrderBench) {}

  static async open(): Promise<PaidOrders> {
    return new PaidOrders(await OrderBench.open());
  }

  close(): Promise<void> {
    return this.bench.shop.close();
  }

  /** The last of its stock. */
  async aPaidOrder(status: 'captured' | 'authorized' = 'captured') {
    const { bench } = this;
    const sku = await bench.shop.aProduct({ amount: 1_000, onHand: 2 });
    const order = await bench.anOrder([{ sku, quantity: 2 }]);
    const capture = bench.captureOf(order);
    const { paymentId } = capture;
    await this.anAttempt(order.id, paymentId, status);
    if (status === 'captured') await bench.confirm(capture);
    else await bench.run((tx) => bench.shop.get(ConfirmAuthorized).run(tx, [capture]));
    return { sku, order, capture, paymentId };
  }

  cancelByStaff({ id: orderId }: Order): Promise<Order> {
    const cancellation = { orderId, buyer: STAFF, actor: STAFF.actor, expected: undefined, reason: 'no such address' };
    return this.bench.run((tx) => this.bench.shop.get(CancelOrder).runOne(tx, cancellation));
  }

  decide(useCase: typeof HoldOrder | typeof ReleaseOrder, { id: orderId }: Order): Promise<Order> {
    const { shop } = this.bench;
    const decision = { orderId, reason: 'checked', expected: undefined, staff: STAFF };
    const command = useCase === HoldOrder ? shop.get(HoldOrder) : shop.get(ReleaseOrder);
    return this.bench.run((tx) => command.runOne(tx, decision));
  }

  ship({ id: orderId }: Order, complete: boolean): Promise<void> {
    return this.bench.run(async (tx) => {
      const goods = this.bench.shop.get(OrderFulfilments);
      await goods.lockToShip(tx, orderId);
      await goods.shipped(tx, { orderId, actor: 'staff:1', complete, shipmentId: newId('shp') });
    });
  }

  refunded({ id: orderId }: Order, paymentId: Id<'pay'>, total: number): Promise<void> {
    const money = { amount: eur(total), refundedTotal: eur(total), remaining: eur(2_000 - total) };
    return this.bench.run((tx) =>
      this.bench.shop.get(NoteRefunds).run(tx, [{ refundId: newId('rfd'), orderId, paymentId, ...money }]),
    );
  }

  finish({ id }: Order): Promise<Id<'order'>[]> {
    return this.bench.run((tx) => this.bench.shop.get(FinishCancelling).run(tx, [id]));
  }

  refundsOf({ id }: Order) {
    const sql = 'SELECT status, cause, reason, amount::int FROM payment.refunds WHERE order_id = $1 ORDER BY id';
    return this.bench.shop.rows(sql, [id]);
  }

  settleRefunds({ id }: Order, status: string) {
    return this.bench.shop.rows('UPDATE payment.refunds SET status = $2 WHERE order_id = $1', [id, status]);
  }

  dueOf({ id }: Order) {
    const sql = `SELECT subject FROM messaging.scheduled WHERE type = 'order.cancelling_due.v1' AND subject = $1`;
    return this.bench.shop.rows(sql, [id]);
  }

  async statesOf({ id }: Order): Promise<string> {
    const { status, payment_status: payment, fulfilment_status: goods } = await this.bench.now(id);
    return `${status} ${payment} ${goods}`;
  }

  /** What the payment module knows of the money. */
  private anAttempt(orderId: Id<'order'>, paymentId: Id<'pay'>, status: 'captured' | 'authorized') {
    const taken = status === 'captured' ? ["2000, 'EUR'", 'NULL, NULL'] : ['NULL, NULL', "2000, 'EUR'"];
    return this.bench.shop.rows(
      `INSERT INTO payment.attempts (id, order_id, status, amount, currency, method, provider, provider_reference, capture, version,
         captured_amount, captured_currency, authorized_amount, authorized_currency, last_sequence)
       VALUES ($1, $2, '${status}', 2000, 'EUR', 'card', 'sandbox', $1, 'manual', 2, ${taken.join(', ')}, 1)`,
      [paymentId, orderId],
    );
  }
}
