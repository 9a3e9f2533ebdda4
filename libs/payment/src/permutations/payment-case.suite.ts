import type { Id } from '#kernel';
import type { Reply } from '../../../../test/support/api-client.js';
import { Buyer } from '../../../../test/support/buyer.js';
import type { WholeShop } from '../../../../test/support/whole-shop.js';
import { ReceiveWebhook } from '../use-cases/receive-webhook.js';
import type { ProviderInAnyOrder } from './provider-in-any-order.suite.js';
import type { Answer, HeldAnswers } from './held-answers.suite.js';

export const PRICE = 1_999;

/** What happens around a payment that the provider has taken already. */
export type Happening = 'answer' | 'webhook' | 'webhook again' | 'expiry' | 'cancel' | 'refund';

interface Surroundings {
  readonly shop: WholeShop;
  readonly provider: ProviderInAnyOrder;
  readonly answers: HeldAnswers;
  readonly sku: string;
}

interface State {
  readonly order: string;
  readonly payment: string;
  readonly attempt: string;
  readonly hold: string;
}

export interface Result {
  /** Status of the order and of its payment. */
  readonly end: string;
  readonly complaints: readonly string[];
}

/** One order, and what happens to its payment in one order of events. */
export class PaymentCase {
  private buyer!: Buyer;
  private orderId!: string;
  private paymentId!: Id<'pay'>;
  private release!: (answer: Answer) => void;
  private paying!: Promise<Reply>;
  private readonly replies: { pay?: Reply; cancel?: Reply; refund?: Reply } = {};

  private readonly happenings: Readonly<Record<Happening, () => Promise<void>>> = {
    answer: async () => {
      this.release(this.says);
      this.replies.pay = await this.paying;
    },
    webhook: () => this.receiveWebhook(),
    'webhook again': () => this.receiveWebhook(),
    expiry: () => this.expire(),
    cancel: async () => {
      this.replies.cancel = await this.buyer.api.post(`/v1/orders/${this.orderId}/cancel`, undefined);
    },
    refund: async () => {
      const refunds = `/v1/admin/orders/${this.orderId}/refunds`;
      this.replies.refund = await this.around.shop.staff.post(refunds, { reason: 'broken' });
    },
  };

  constructor(
    private readonly around: Surroundings,
    private readonly order: readonly Happening[],
    private readonly says: Answer,
  ) {}

  /** Until the provider has taken the money, and its answer is on the way. */
  async begin(): Promise<void> {
    const { shop, provider, answers, sku } = this.around;
    this.buyer = await Buyer.withCart(shop.api, [{ sku, quantity: 1 }]);
    this.orderId = (await this.buyer.order()).id;
    this.paying = this.buyer.pay(this.orderId, provider.token);
    const answered = this.paying.then(({ status, body }) => {
      throw new Error(`The provider was not asked: ${status} ${JSON.stringify(body)}`);
    });
    const held = await Promise.race([answers.next(this.orderId), answered]);
    answered.catch(() => undefined);
    ({ paymentId: this.paymentId, release: this.release } = held);
  }

  async happen(step: number): Promise<void> {
    const happening = this.order[step];
    if (happening === undefined) throw new Error(`Nothing happens in step ${step}.`);
    await this.happenings[happening]();
  }

  /** How it ended, and what the table of failures does not allow in it. */
  async result(): Promise<Result> {
    const { shop, provider } = this.around;
    const state = await this.state();
    const { captured, refunded } = await provider.ledgerOf(shop, this.paymentId);
    const seen = { ...state, captured, refunded };
    const wrong = Object.entries(this.allowed()).filter(([name, value]) => seen[name as keyof typeof seen] !== value);
    const statuses = Object.entries(this.replies).map(([name, { status }]) => `${name} ${status}`);
    const story = `${this.order.join(', ')} (${this.says}; ${statuses.join(', ')}): ${JSON.stringify(seen)}`;
    const complaints = [
      ...wrong.map(([name, value]) => `${name} should be ${value}: ${story}`),
      ...this.wrongReplies(story),
    ];
    return { end: `${state.order} ${state.payment}`, complaints };
  }

  /** What must be true of an order whose money was taken, by how the order ended. */
  private allowed(): Partial<State & { captured: number; refunded: number }> {
    const { refund, cancel } = this.replies;
    const taken = { attempt: 'captured', captured: PRICE };
    if (cancel?.status === 200) return { ...taken, order: 'cancelled', hold: 'released', refunded: PRICE };
    const isRefunded = refund?.status === 202;
    // There is stock for everybody, so that one that expired is confirmed all the same when its money comes.
    return {
      ...taken,
      order: 'confirmed',
      payment: isRefunded ? 'refunded' : 'paid',
      hold: 'committed',
      refunded: isRefunded ? PRICE : 0,
    };
  }

  private wrongReplies(story: string): string[] {
    const expected = { pay: [201, 402], cancel: [200, 409], refund: [202, 409] };
    return Object.entries(this.replies).flatMap(([name, { status, body }]) =>
      expected[name as keyof typeof expected].includes(status)
        ? []
        : [`${name} was answered ${status} ${JSON.stringify(body)}: ${story}`],
    );
  }

  private async receiveWebhook(): Promise<void> {
    const { shop, provider } = this.around;
    const webhook = await provider.capturedWebhook(shop, this.paymentId);
    await shop.get(ReceiveWebhook).run(provider.name, webhook);
  }

  /** As if the time had passed for which the stock is held. */
  private async expire(): Promise<void> {
    const past = "now() - interval '1 s'";
    await this.around.shop.transactions.run(async (tx) => {
      await tx.query(`UPDATE orders.orders SET reservation_expires_at = ${past} WHERE id = $1`, [this.orderId]);
      await tx.query(
        `UPDATE inventory.reservations SET expires_at = ${past}, first_expires_at = ${past} WHERE order_id = $1`,
        [this.orderId],
      );
      await tx.query(
        `UPDATE messaging.scheduled SET due_at = ${past} WHERE type = 'order.hold_due.v1' AND subject = $1`,
        [this.orderId],
      );
    });
  }

  private async state(): Promise<State> {
    const [row] = await this.around.shop.rows<State>(
      `SELECT orders.status AS order, orders.payment_status AS payment, attempt.status AS attempt,
         string_agg(DISTINCT hold.status, ' ') FILTER (WHERE hold.status <> 'expired' OR orders.status = 'expired') AS hold
       FROM orders.orders AS orders
       JOIN payment.attempts AS attempt ON attempt.order_id = orders.id
       LEFT JOIN inventory.reservations AS hold ON hold.order_id = orders.id
       WHERE orders.id = $1 GROUP BY orders.id, attempt.id`,
      [this.orderId],
    );
    if (row === undefined) throw new Error(`There is no order ${this.orderId}.`);
    return row;
  }
}
