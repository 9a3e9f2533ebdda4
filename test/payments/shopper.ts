import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Reply } from '../support/api-client.js';
import { Buyer } from '../support/buyer.js';
import type { StripeShop } from '../support/stripe/stripe-shop.js';
import type { Dice } from './dice.js';

/** What a buyer sets out to do, and how often of so many. */
const PLANS = {
  pays: 60,
  'is declined, then pays': 10,
  'approves by 3-D Secure': 12,
  'declines by 3-D Secure, then pays': 4,
  'leaves at 3-D Secure': 3,
  'pays, which takes a while': 8,
  cancels: 3,
} as const;
const REFUNDED_SHARE = 0.15;
const TRIES_MAX = 12;
const AGAIN_AFTER_MS = 400;
const GIVES_UP_AFTER_MS = 120_000;
const RETURN_URL = 'https://shop.example/thanks';

const TOKENS = {
  card: 'pm_card_visa',
  declined: 'pm_card_declined',
  secure: 'pm_card_threeDSecureRequired',
  processing: 'pm_processing',
} as const;

/** A buyer who sends a request again, with its key, until it is answered. */
export class Shopper {
  private buyer!: Buyer;
  private orderId!: string;

  constructor(
    private readonly standIn: StripeShop,
    private readonly dice: Dice,
    private readonly sku: string,
  ) {}

  /** Returns what they set out to do. */
  async shop(): Promise<string> {
    const plan = this.dice.pick(PLANS);
    this.buyer = await insist(() => Buyer.withCart(this.standIn.shop.api(), [{ sku: this.sku, quantity: 1 }]));
    const placed = await this.send((buyer, key) => buyer.checkout(key));
    if (placed.status !== 201) throw new Error(`No order: ${placed.status} ${JSON.stringify(placed.body)}`);
    this.orderId = placed.body.id;
    await this.carryOut(plan);
    if (this.dice.shows(REFUNDED_SHARE)) await this.askForMoneyBack();
    return plan;
  }

  private async carryOut(plan: keyof typeof PLANS): Promise<void> {
    switch (plan) {
      case 'cancels':
        await this.send((buyer, key) => buyer.api.post(`/v1/orders/${this.orderId}/cancel`, undefined, key));
        return;
      case 'is declined, then pays':
        await this.pay(TOKENS.declined);
        return this.payUntilTaken(TOKENS.card);
      case 'approves by 3-D Secure':
        return this.authenticate('approve');
      case 'declines by 3-D Secure, then pays':
        await this.authenticate('decline');
        return this.payUntilTaken(TOKENS.card);
      case 'leaves at 3-D Secure':
        await this.pay(TOKENS.secure);
        return;
      case 'pays, which takes a while':
        return this.payUntilTaken(TOKENS.processing);
      case 'pays':
        return this.payUntilTaken(TOKENS.card);
    }
  }

  /** Until it was taken, is under way, or is not to be paid any more. */
  private async payUntilTaken(token: string): Promise<void> {
    for (let time = 1; time <= TRIES_MAX; time += 1) {
      const { status, body } = await this.pay(token);
      if (status === 201 || body.code === 'already_paid' || body.code === 'payment_attempts_exhausted') return;
      if (![402, 409, 503].includes(status))
        throw new Error(`A payment was answered ${status} ${JSON.stringify(body)}`);
      await setTimeout(AGAIN_AFTER_MS);
    }
  }

  private async authenticate(decision: 'approve' | 'decline'): Promise<void> {
    const { body } = await this.pay(TOKENS.secure);
    const url: string | undefined = body.nextAction?.url;
    const id = url?.split('/').at(-1);
    if (id !== undefined) this.standIn.stripe.ledger.decide(id, decision);
  }

  private pay(token: string): Promise<Reply> {
    const payment = { method: { type: 'card', token }, returnUrl: RETURN_URL };
    return this.send((buyer, key) => buyer.api.post(`/v1/orders/${this.orderId}/payments`, payment, key));
  }

  /** Staff give some or all of it back. That nothing is there to give back yet, or any more, is an answer too. */
  private async askForMoneyBack(): Promise<void> {
    const part = { amount: { amount: this.dice.between(1, 1_999), currency: 'EUR' } };
    const body = { reason: 'changed their mind', ...(this.dice.shows(0.5) && part) };
    const key = { 'idempotency-key': randomUUID() };
    const { status } = await insist(() =>
      answered(this.standIn.shop.staff.post(`/v1/admin/orders/${this.orderId}/refunds`, body, key)),
    );
    if (![202, 409].includes(status)) throw new Error(`A refund was answered ${status}`);
  }

  private send(request: (buyer: Buyer, key: Record<string, string>) => Promise<Reply>): Promise<Reply> {
    const key = { 'idempotency-key': randomUUID() };
    return insist(() => answered(request(this.buyer.at(this.standIn.shop.api()), key)));
  }
}

/** A request that is worked on by a process that was killed is answered later, and 503 of the shop itself asks to try again. */
async function answered(request: Promise<Reply>): Promise<Reply> {
  const reply = await request;
  const isFromProvider = reply.body.code === 'payment_provider_unavailable';
  if (reply.body.code === 'request_in_flight' || (reply.status === 503 && !isFromProvider)) {
    throw new Error(`Not yet: ${reply.status} ${reply.body.code}`);
  }
  return reply;
}

async function insist<T>(request: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + GIVES_UP_AFTER_MS;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await setTimeout(AGAIN_AFTER_MS);
    }
  }
}
