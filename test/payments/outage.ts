import { setTimeout } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { stockOf } from '../support/products.js';
import { ledgerDifferences } from '../support/stripe/ledger-differences.js';
import { StripeShop } from '../support/stripe/stripe-shop.js';

const TIMEOUT_MS = 1_000;
/** Far below the outage, and far above what an answer takes that waits for the provider once. */
const AT_ONCE_MS = TIMEOUT_MS + 4_000;
const TRIES_AGAIN_AFTER_MS = 1_500;
/** Buyers who pay at once when the outage begins; the others come in the course of it. */
const OPEN_THE_CIRCUIT = 24;
const SETTLES_WITHIN_MS = 120_000;

export interface OutageOptions {
  readonly seconds: number;
  /** More than open the circuit. */
  readonly buyers: number;
}

export interface OutageOutcome {
  /** Answers during the outage by status and, for 201, what the payment was then. */
  readonly answers: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** Whether the metrics of the api showed the open circuit during the outage, and the closed one after it. */
  readonly circuit: readonly string[];
  /** Why it did not hold. Empty is the only good answer. */
  readonly complaints: readonly string[];
}

/** Stripe is silent for half of the time and breaks off every connection for the other half, while buyers pay and try again. */
export async function outage(options: OutageOptions): Promise<OutageOutcome> {
  const env = {
    PAYMENT_TIMEOUT_MS: String(TIMEOUT_MS),
    // A hold ends before the outage does, unless a payment prolongs it.
    HOLD_TTL_SECONDS: String(Math.round(options.seconds / 2)),
    PAYMENT_ATTEMPTS_MAX: '100',
  };
  const standIn = await StripeShop.start({ env });
  try {
    return await new Outage(standIn, options).run();
  } finally {
    await standIn.stop();
  }
}

type Order = Awaited<ReturnType<StripeShop['aBuyerWithOrder']>>;

class Outage {
  private readonly answers: Record<string, number> = {};
  private readonly complaints: string[] = [];
  /** Orders whose payment was taken or is under way. */
  private readonly paid: string[] = [];
  private slowestMs = 0;
  private isOver = false;

  constructor(
    private readonly standIn: StripeShop,
    private readonly options: OutageOptions,
  ) {}

  async run(): Promise<OutageOutcome> {
    const { standIn, options } = this;
    const early = await Promise.all(Array.from({ length: OPEN_THE_CIRCUIT }, () => standIn.aBuyerWithOrder()));
    standIn.stripe.faultOf = () => 'timeout_before';
    const first = Promise.all(early.map((order) => this.payUntilTaken(order)));
    const opened = await this.circuitBecomes('1');
    await first;
    const others = this.buyersCome(options.buyers - OPEN_THE_CIRCUIT);
    await setTimeout(options.seconds * 500);
    standIn.stripe.faultOf = () => 'reset';
    await setTimeout(options.seconds * 500);
    for (const { sku } of early) await this.expectHeld(sku);
    this.isOver = true;
    standIn.stripe.faultOf = () => undefined;
    await others;
    // The circuit closes with the first call that succeeds.
    await this.payUntilTaken(await standIn.aBuyerWithOrder());
    await this.settles();
    const closed = await this.circuitBecomes('0');
    const { answers, slowestMs, complaints } = this;
    return { answers, slowestMs, circuit: [opened, closed], complaints };
  }

  private async buyersCome(count: number): Promise<void> {
    const spacingMs = (this.options.seconds * 1_000) / count;
    const coming = Array.from({ length: count }, async (_, place) => {
      await setTimeout(place * spacingMs);
      await this.payUntilTaken(await this.standIn.aBuyerWithOrder());
    });
    await Promise.all(coming);
  }

  /** As a buyer does who is asked to try again, and who buys anew when the stock is not held any more. One whose payment is under way waits. */
  private async payUntilTaken({ buyer, orderId }: Order): Promise<void> {
    for (;;) {
      const began = performance.now();
      const { status, body } = await buyer.pay(orderId, 'pm_card_visa');
      if (!this.isOver) this.count(status === 201 ? `201 ${body.status}` : `${status} ${body.code}`, began);
      if (status === 201) return void this.paid.push(orderId);
      if (body.code === 'order_not_payable') return this.payUntilTaken(await this.standIn.aBuyerWithOrder());
      if (status !== 503) throw new Error(`A buyer got ${status} ${JSON.stringify(body)}`);
      await setTimeout(TRIES_AGAIN_AFTER_MS);
    }
  }

  private count(answer: string, began: number): void {
    this.answers[answer] = (this.answers[answer] ?? 0) + 1;
    const ms = performance.now() - began;
    this.slowestMs = Math.max(this.slowestMs, ms);
    if (ms > AT_ONCE_MS) this.complaints.push(`${answer} came after ${Math.round(ms)} ms`);
  }

  private async expectHeld(sku: string): Promise<void> {
    const { reserved } = await stockOf(this.standIn.shop, sku);
    if (reserved !== 1) this.complaints.push(`${reserved} of ${sku} are held at the end of the outage`);
  }

  private async settles(): Promise<void> {
    const { shop, stripe } = this.standIn;
    const settled = async (): Promise<void> => {
      const { rows } = await shop.db.query(
        `SELECT id, status FROM orders.orders WHERE (id = ANY ($1)) <> (status = 'confirmed') OR status = 'pending_payment'`,
        [this.paid],
      );
      const left = [...rows.map((row) => JSON.stringify(row)), ...(await ledgerDifferences(shop.db, stripe.ledger))];
      if (left.length > 0) throw new Error(`${left.length} are not settled: ${left[0]}`);
    };
    try {
      await eventually(settled, { withinMs: SETTLES_WITHIN_MS, everyMs: 200 });
    } catch (error) {
      this.complaints.push(String(error));
    }
    for (const violation of await violations(shop)) this.complaints.push(JSON.stringify(violation));
  }

  /** What the api says of its circuit, once it says this, or after a while. */
  private async circuitBecomes(value: '0' | '1'): Promise<string> {
    let seen = 'no metric';
    try {
      await eventually(async () => {
        const { body } = await this.standIn.shop.api().get<string>('/metrics');
        seen = /^payment_provider_circuit_open\{.*$/m.exec(body)?.[0] ?? 'no metric';
        if (!seen.endsWith(` ${value}`)) throw new Error(seen);
      });
    } catch {
      this.complaints.push(`the circuit stays as it is: ${seen}`);
    }
    return seen;
  }
}
