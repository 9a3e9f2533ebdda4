import { signedHeaders } from '../providers/sandbox/standard-webhooks.js';
import { describeAllOrders } from './all-orders.suite.js';
import type { ProviderInAnyOrder } from './provider-in-any-order.suite.js';

const SECRET = `whsec_${Buffer.from('a secret of this specification').toString('base64')}`;

const LEDGER = `
  SELECT coalesce(sum(amount), 0)::int AS captured, (
    SELECT coalesce(sum(refund.amount), 0)::int FROM payment.sandbox_refunds AS refund
    JOIN payment.sandbox_charges AS charge ON charge.reference = refund.charge_reference
    WHERE charge.idempotency_key = $1 AND refund.status = 'succeeded') AS refunded
  FROM payment.sandbox_charges WHERE idempotency_key = $1 AND status = 'captured'`;

const sandbox: ProviderInAnyOrder = {
  name: 'sandbox',
  env: { PAYMENT_SANDBOX_WEBHOOKS: 'all', PAYMENT_SANDBOX_WEBHOOK_SECRET: SECRET },
  unhandled: ['payment.sandbox_task_due.v1'],
  token: 'tok_success',
  capturedWebhook: async (shop, paymentId) => {
    const sql = `SELECT id, body FROM payment.sandbox_webhooks WHERE body LIKE '%' || $1 || '%' ORDER BY number LIMIT 1`;
    const [event] = await shop.rows<{ id: string; body: string }>(sql, [paymentId]);
    const { id, body } = event!;
    return { rawBody: Buffer.from(body), headers: signedHeaders({ id, timestamp: new Date(), body }, SECRET) };
  },
  ledgerOf: async (shop, paymentId) =>
    (await shop.rows<{ captured: number; refunded: number }>(LEDGER, [paymentId]))[0]!,
  // Its ledger stands in the same database, and invariants compare the two.
  differences: () => Promise.resolve([]),
  close: () => Promise.resolve(),
};

describeAllOrders(() => Promise.resolve(sandbox));
