import { Money, newId, type Id } from '#kernel';
import { StripeServer } from '../../../../test/support/stripe/stripe-server.js';
import { attemptById } from '../persistence/find-attempt.js';
import { insertAttempt } from '../persistence/insert-attempt.js';
import { transitionAttempts } from '../persistence/transition-attempts.js';
import type { LedgerDifference } from '../domain/ledger-difference.js';
import { PaymentProviders } from '../providers/payment-providers.js';
import { SettleSandbox } from '../providers/sandbox/settle-sandbox.js';
import { amount, PaymentBench } from './payment-bench.suite.js';
import { ReconcileLedgers, type ReconciledPart } from './reconcile-ledgers.js';

const never = new AbortController().signal;

/** What a test does behind the shop's back to one provider's ledger. */
interface ProviderSide {
  readonly tokens: Readonly<Record<'success' | 'declined' | 'processing', string>>;
  settle(reference: string): Promise<unknown>;
  forget(reference: string): Promise<unknown>;
  moveTo(reference: string, at: Date): Promise<unknown>;
  changeTaken(reference: string, taken: number): Promise<unknown>;
}

/** Both ledgers: the shop's in a database of its own, and those of the sandbox and of a stand-in for Stripe. */
export class LedgersOnTrial {
  readonly sides: Readonly<Record<'sandbox' | 'stripe', ProviderSide>>;

  private constructor(
    readonly bench: PaymentBench,
    readonly stripe: StripeServer,
  ) {
    this.sides = {
      sandbox: {
        tokens: { success: 'tok_success', declined: 'tok_declined', processing: 'tok_processing' },
        settle: (reference) => bench.transactions.run((tx) => bench.get(SettleSandbox).run(tx, reference)),
        forget: (reference) => this.sql('DELETE FROM payment.sandbox_charges WHERE reference = $1', [reference]),
        moveTo: (reference, at) =>
          this.sql('UPDATE payment.sandbox_charges SET booked_at = $2 WHERE reference = $1', [reference, at]),
        changeTaken: (reference, taken) =>
          this.sql('UPDATE payment.sandbox_charges SET amount = $2 WHERE reference = $1', [reference, taken]),
      },
      stripe: {
        tokens: { success: 'pm_card_visa', declined: 'tok_chargeDeclined', processing: 'pm_card_processing' },
        settle: (reference) => Promise.resolve(stripe.ledger.settle(reference)),
        forget: (reference) => Promise.resolve(stripe.ledger.intents.delete(reference)),
        moveTo: (reference, at) =>
          Promise.resolve(Object.assign(stripe.ledger.intent(reference), { created: at.getTime() / 1_000 })),
        changeTaken: (reference, taken) =>
          Promise.resolve(Object.assign(stripe.ledger.intent(reference), { amount_received: taken })),
      },
    };
  }

  static async open(): Promise<LedgersOnTrial> {
    const stripe = await StripeServer.start();
    const bench = await PaymentBench.open({
      STRIPE_SECRET_KEY: 'sk_test_standin',
      STRIPE_WEBHOOK_SECRET: 'whsec_standin_secret',
      STRIPE_API_BASE: stripe.url,
    });
    return new LedgersOnTrial(bench, stripe);
  }

  async close(): Promise<void> {
    await this.bench.close();
    await this.stripe.close();
  }

  async sql<Row>(text: string, params: readonly unknown[] = []): Promise<Row[]> {
    return (await this.bench.transactions.run((tx) => tx.query<Row>(text, params))).rows;
  }

  /** An attempt that the provider has answered, and whose answer is not recorded here. */
  async sent(provider: 'sandbox' | 'stripe', token: string) {
    const { paymentId, payment } = await this.written(provider, token);
    const answer = await this.bench.get(PaymentProviders).get(provider).create(payment, never);
    return { paymentId, provider, answer, reference: answer.reference! };
  }

  /** An attempt that the provider has not seen. */
  async written(provider: 'sandbox' | 'stripe', token = 'tok_success') {
    const [paymentId, orderId] = [newId('pay'), newId('order')];
    const payment = { paymentId, orderId, amount, token, capture: 'automatic', since: new Date() } as const;
    const attempt = { ...payment, provider, actor: 'guest', attemptsMax: 10 };
    await this.bench.transactions.run((tx) => insertAttempt(tx, attempt));
    return { paymentId, payment };
  }

  /** An attempt with this money on both sides. */
  async captured(provider: 'sandbox' | 'stripe') {
    const sent = await this.sent(provider, this.sides[provider].tokens.success);
    await this.record(sent, 'captured');
    return sent;
  }

  async record(
    { paymentId, reference }: { readonly paymentId: Id<'pay'>; readonly reference: string },
    to: 'captured' | 'declined' | 'processing' | 'failed',
  ): Promise<void> {
    const more = {
      ...(to === 'captured' && { captured: amount }),
      ...(to === 'declined' && { declineCode: 'card_declined' }),
    };
    const moves = [{ paymentId, to, providerReference: reference, ...more }];
    await this.bench.transactions.run((tx) => transitionAttempts(tx, moves, 'provider'));
  }

  async refundThere(payment: { paymentId: Id<'pay'>; reference: string; provider: string }, sum: number) {
    const refundId = newId('rfd');
    const refund = { refundId, payment, amount: Money.of(sum, amount.currency) };
    await this.bench.get(PaymentProviders).get(payment.provider).refund(refund, never);
    return refundId;
  }

  async refundHere(paymentId: Id<'pay'>, sum: number, status: string): Promise<void> {
    await this.sql(
      `INSERT INTO payment.refunds (id, payment_id, order_id, status, amount, currency, cause, reason, requested_by)
       SELECT $1, id, order_id, $3, $4, 'EUR', 'staff', 'a scratch', 'staff' FROM payment.attempts WHERE id = $2`,
      [newId('rfd'), paymentId, status, sum],
    );
  }

  async forgetHere(paymentIds: readonly Id<'pay'>[]): Promise<void> {
    await this.sql('DELETE FROM payment.history WHERE payment_id = ANY ($1)', [paymentIds]);
    await this.sql('DELETE FROM payment.attempts WHERE id = ANY ($1)', [paymentIds]);
  }

  async statusOf(paymentId: Id<'pay'>): Promise<string> {
    return (await this.bench.transactions.read((db) => attemptById(db, paymentId))).status;
  }

  /** Compares what was made within the last minutes. */
  async reconcile(provider: string, repair = false): Promise<ReconciledPart & { differences: LedgerDifference[] }> {
    const second = Math.floor(Date.now() / 1_000);
    const period = { from: new Date((second - 300) * 1_000), to: new Date((second + 5) * 1_000) };
    const differences: LedgerDifference[] = [];
    const onDifference = (difference: LedgerDifference) => void differences.push(difference);
    const part = await this.bench.get(ReconcileLedgers).run(provider, period, { repair, onDifference });
    return { ...part, differences };
  }
}
