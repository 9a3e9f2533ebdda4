import { expect, it } from '@jest/globals';
import { newId } from '#kernel';
import { PaymentBench } from '../../use-cases/payment-bench.suite.js';
import { describePaymentProvider, type ProviderOnTrial } from '../provider.suite.js';
import { SettleSandbox } from './settle-sandbox.js';
import { signedHeaders } from './standard-webhooks.js';

const secretOf = (text: string) => `whsec_${Buffer.from(text.padEnd(32, '.')).toString('base64')}`;
const SECRETS = { first: secretOf('first'), second: secretOf('second'), other: secretOf('other') };

let bench: PaymentBench;

async function open(): Promise<ProviderOnTrial> {
  bench = await PaymentBench.open({
    PAYMENT_SANDBOX_WEBHOOKS: 'all',
    PAYMENT_SANDBOX_WEBHOOK_SECRET: `${SECRETS.first},${SECRETS.second}`,
  });
  const settle = bench.get(SettleSandbox);
  const rows = async <Row>(sql: string, params: unknown[]): Promise<Row[]> =>
    (await bench.transactions.read((db) => db.query<Row>(sql, params))).rows;
  return {
    provider: bench.sandbox,
    tokens: {
      success: 'tok_success',
      declined: 'tok_declined',
      requiresAction: 'tok_requires_action',
      processing: 'tok_processing',
    },
    decide: (reference, decision) =>
      bench.transactions.run(async (tx) => void (await settle.decide(tx, reference, decision))),
    settle: (reference) => bench.transactions.run((tx) => settle.run(tx, reference)),
    loseNextAnswer: () => 'tok_timeout',
    ledgerOf: async (paymentId) => {
      const [sums] = await rows<{ captured: number; refunded: number }>(
        `SELECT coalesce(sum(amount), 0)::int AS captured, (
           SELECT coalesce(sum(refund.amount), 0)::int FROM payment.sandbox_refunds AS refund
           JOIN payment.sandbox_charges AS charge ON charge.reference = refund.charge_reference
           WHERE charge.idempotency_key = $1 AND refund.status = 'succeeded') AS refunded
         FROM payment.sandbox_charges WHERE idempotency_key = $1 AND status = 'captured'`,
        [paymentId],
      );
      return sums!;
    },
    webhooksOf: async (reference, signed) => {
      const tasks = await rows<{ id: string; body: string }>(
        `SELECT id, body FROM payment.sandbox_webhooks WHERE body LIKE '%' || $1 || '%' ORDER BY number`,
        [reference],
      );
      return tasks.map(({ id, body }) => ({
        rawBody: Buffer.from(body),
        headers: signedHeaders({ id, timestamp: signed.at, body }, SECRETS[signed.with]),
      }));
    },
    close: () => bench.close(),
  };
}

describePaymentProvider('the sandbox', open);

it('the sandbox says why it does not take a token', () => {
  expect(bench.sandbox.refusalOf('tok_requires_action')).toBeUndefined();
  expect(bench.sandbox.refusalOf('tok_visa')).toContain('tok_success');
  expect(bench.sandbox.refusalOf('constructor')).toContain('tok_success');
});

it('the sandbox takes nothing with tok_error, and refuses refunds of tok_refund_fails', async () => {
  const never = new AbortController().signal;
  const members = { amount: { amount: 5, currency: 'EUR' as never }, capture: 'automatic', since: new Date() } as const;
  const payment = (token: string) => ({ paymentId: newId('pay'), orderId: newId('order'), token, ...members });
  expect(await bench.sandbox.create(payment('tok_error'), never)).toMatchObject({ status: 'failed' });
  const taken = payment('tok_refund_fails');
  const { reference } = await bench.sandbox.create(taken, never);
  const refund = { refundId: newId('rfd'), payment: { ...taken, reference: reference! }, amount: members.amount };
  expect(await bench.sandbox.refund(refund)).toMatchObject({ status: 'failed', retryable: true });
});
